#include "bench/game.hpp"

#include "chronicle/rest_backend.hpp"

namespace chronicle::bench {

void run_all(asio::io_context& context, std::vector<asio::awaitable<void>> coroutines) {
  std::size_t running = coroutines.size();
  std::exception_ptr failure;
  for (auto& one : coroutines) {
    asio::co_spawn(context, std::move(one), [&](std::exception_ptr thrown) {
      if (thrown && !failure) failure = thrown;
      if (--running == 0) context.stop();
    });
  }
  context.restart();
  context.run();
  if (failure) std::rethrow_exception(failure);
}

game::game(std::size_t connections, lease_options lease)
    : server_({"--memory", "--versions", "1", "--log-level", "error"}) {
  rest_options where;
  where.url = server_.url();
  where.max_connections = connections;
  storage_ = make_rest_backend(context_.get_executor(), where);
  store_options options;
  options.backend = storage_;
  options.lease = lease;
  options.saving.quiet_period = std::chrono::hours(1);  // nothing is saved but when asked
  options.saving.max_delay = std::chrono::hours(1);
  players_ = std::make_unique<store>(context_.get_executor(), "PlayerData", std::move(options));
}

asio::awaitable<void> game::open_one(std::string key, boost::json::object const& document, profile& into) {
  auto starting = players_->async_start_session(std::move(key));
  into = co_await std::move(starting);
  into.edit() = document;
  auto saving = into.async_save();
  co_await std::move(saving);
}

std::vector<profile> game::open(std::size_t count, boost::json::object const& document) {
  std::vector<profile> opened(count);
  std::vector<asio::awaitable<void>> openings;
  for (std::size_t i = 0; i < count; ++i)
    openings.push_back(open_one("p" + std::to_string(i), document, opened[i]));
  run_all(context_, std::move(openings));
  return opened;
}

std::string game::stored(profile const& of) {
  std::string text;
  auto read = [](backend& from, std::string key, std::string& into) -> asio::awaitable<void> {
    auto reading = from.get(std::move(key));
    auto const found = co_await std::move(reading);
    into = found.value().value().value;
  };
  std::vector<asio::awaitable<void>> one;
  one.push_back(read(*storage_, "PlayerData/" + of.key(), text));
  run_all(context_, std::move(one));
  return text;
}

}  // namespace chronicle::bench
