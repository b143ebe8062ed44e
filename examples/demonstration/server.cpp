#include "server.hpp"

#include <charconv>
#include <sstream>

namespace asio = boost::asio;

answer::answer(std::string const& line) {
  std::istringstream words(line);
  words >> verb >> player >> std::ws;
  std::getline(words, rest);
  std::from_chars(rest.data(), rest.data() + rest.size(), coins);
}

server::server(asio::any_io_executor executor, std::string name, std::vector<std::string> command,
               std::string const& errors)
    : name_(std::move(name)), process_(std::move(executor), std::move(command), errors) {}

asio::awaitable<void> server::listen(listener to) {
  while (true) {
    auto reading = process_.next_line();
    auto const line = co_await std::move(reading);
    if (!line) break;
    to(*this, answer(*line));
  }
  process_.wait();
  gone_ = true;
}
