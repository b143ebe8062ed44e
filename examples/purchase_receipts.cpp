// Idempotent purchases: the payment provider delivers a receipt again until it hears that it was granted, the
// game server may crash at any point, and yet the player gets the gems exactly once.
//
// Output:
//   delivered twice: 100 gems
//   crashed at every step, delivered again: 100 gems each time
#include <boost/asio.hpp>
#include <chronicle/chronicle.hpp>
#include <chronicle/in_process_bus.hpp>
#include <chronicle/memory_backend.hpp>
#include <chronicle/virtual_time.hpp>
#include <iostream>

namespace asio = boost::asio;

// True when the receipt was granted, now or earlier, and that is durable: then the provider may forget it.
asio::awaitable<bool> grant(chronicle::profile profile, std::string receipt_id) {
  if (!profile.data().at("Receipts").as_object().contains(receipt_id)) {
    auto& data = profile.edit();  // gems and receipt are in one document: a write carries both or neither
    data["Gems"] = data["Gems"].as_int64() + 100;
    data["Receipts"].as_object()[receipt_id] = true;
  }
  // Even when the receipt was known: it may be an edit that no write has confirmed yet.
  auto saving = profile.async_save(asio::as_tuple(asio::deferred));
  auto [ec, receipt] = co_await std::move(saving);
  co_return receipt.is_saved();
}

// One delivery to whichever server the player is on. Throws when the profile cannot be had.
asio::awaitable<void> deliver(chronicle::store players) {
  auto profile = co_await players.async_start_session("Player_7");
  bool const granted = co_await grant(profile, "receipt-1");
  if (!granted) throw std::runtime_error("not granted: deliver it again");
}

// What outlives a game server.
struct world {
  std::shared_ptr<chronicle::virtual_time> time = std::make_shared<chronicle::virtual_time>();
  std::shared_ptr<chronicle::backend> storage = chronicle::make_memory_backend(time);
  std::shared_ptr<chronicle::message_bus> bus = chronicle::make_in_process_bus();
};

class game_server {
 public:
  explicit game_server(world const& w)
      : time_(w.time), players_(context_.get_executor(), "PlayerData", options(w)) {}

  // Delivers the receipt and lets at most so many things happen. True when the delivery has succeeded.
  bool deliver_within(int steps) {
    auto delivery = asio::co_spawn(context_, deliver(players_), asio::use_future);
    auto const ended = [&] {
      return delivery.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    while (steps-- > 0 && !ended()) time_->step(context_);
    if (!ended()) return false;
    delivery.get();
    return true;
  }

  std::int64_t count_gems() {
    auto starting = players_.async_start_session("Player_7", asio::use_future);
    time_->run_for(context_, std::chrono::minutes(1));
    return starting.get().data().at("Gems").as_int64();
  }

 private:
  static chronicle::store_options options(world const& w) {
    chronicle::store_options o;
    o.backend = w.storage;
    o.bus = w.bus;
    o.time = w.time;
    o.defaults = {{"Gems", 0}, {"Receipts", boost::json::object()}};
    return o;
  }

  std::shared_ptr<chronicle::virtual_time> time_;
  asio::io_context context_;
  chronicle::store players_;
};

int main() {
  constexpr int long_enough = 10'000;
  world calm;
  game_server server(calm);
  bool const both = server.deliver_within(long_enough) && server.deliver_within(long_enough);
  if (!both) return 1;
  std::cout << "delivered twice: " << server.count_gems() << " gems\n";

  bool crashed = true;
  for (int steps = 0; crashed; ++steps) {
    world w;
    // A server that is destroyed in the middle, store unclosed, has crashed: its lease stays behind.
    crashed = !game_server(w).deliver_within(steps);
    game_server next(w);
    if (!next.deliver_within(long_enough) || next.count_gems() != 100) {
      std::cout << "crashed after " << steps << " steps, delivered again: " << next.count_gems() << " gems\n";
      return 1;
    }
  }
  std::cout << "crashed at every step, delivered again: 100 gems each time\n";
}
