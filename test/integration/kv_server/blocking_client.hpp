// A plain HTTP client that does one request at a time and blocks: for tests with many threads.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace chronicle::test {

namespace asio = boost::asio;

struct http_answer {
  int status = 0;
  std::string head;
  std::string body;

  /// The value of a field, exactly as written; empty if there is none.
  std::string field(std::string const& name) const {
    auto const at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    auto const begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class blocking_client {
 public:
  /// Throws when nobody listens.
  explicit blocking_client(std::uint16_t port) : socket_(context_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(asio::ip::tcp::no_delay(true));
  }

  /// Nothing when the connection broke before the answer was there.
  std::optional<http_answer> ask(std::string const& method, std::string const& target,
                                 std::string const& fields = {},
                                 std::optional<std::string> const& body = {}) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields;
    if (body) text += "Content-Length: " + std::to_string(body->size()) + "\r\n";
    text += "\r\n" + body.value_or("");
    boost::system::error_code ec;
    asio::write(socket_, asio::buffer(text), ec);
    if (ec) return std::nullopt;
    return read_answer();
  }

 private:
  std::optional<http_answer> read_answer() {
    boost::system::error_code ec;
    auto const size = asio::read_until(socket_, asio::dynamic_buffer(received_), "\r\n\r\n", ec);
    if (ec) return std::nullopt;
    http_answer answer;
    answer.head = received_.substr(0, size);
    received_.erase(0, size);
    answer.status = std::stoi(answer.head.substr(9, 3));
    auto const field = answer.field("Content-Length");
    std::size_t const length = field.empty() ? 0 : std::stoul(field);
    if (received_.size() < length)
      asio::read(socket_, asio::dynamic_buffer(received_), asio::transfer_exactly(length - received_.size()),
                 ec);
    if (ec) return std::nullopt;
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    return answer;
  }

  asio::io_context context_;
  asio::ip::tcp::socket socket_;
  std::string received_;
};

}  // namespace chronicle::test
