#include "capacity/fleet.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <cmath>

#include "chronicle/in_process_bus.hpp"
#include "chronicle/memory_backend.hpp"

namespace chronicle::capacity {
namespace {

using namespace std::chrono_literals;

boost::json::object template_document() {
  return {{"Coins", 0}, {"Level", 1}, {"Inventory", boost::json::array()}, {"Settings", {{"Music", true}}}};
}

std::string key_of(std::size_t player) {
  return "Player_" + std::to_string(player);
}

}  // namespace

fleet::fleet(fleet_options const& options)
    : options_(options),
      time_(std::make_shared<virtual_time>()),
      random_(make_seeded_random_source(options.seed)),
      profiles_(options.players),
      guests_(options.players),
      was_lapsed_(options.players) {
  auto const storage = make_memory_backend(time_);
  auto const bus = make_in_process_bus();
  std::size_t const servers =
      (options_.players + options_.players_per_server - 1) / options_.players_per_server;
  for (std::size_t n = 0; n < servers; ++n) {
    store_options o;
    o.backend = std::make_shared<metered_backend>(storage, meter_, time_, options_.latency);
    o.bus = bus;
    o.defaults = template_document();
    o.time = time_;
    o.random = make_seeded_random_source(options_.seed * 1000 + n);
    o.ids = make_seeded_id_source(options_.seed * 1000 + n);
    o.log = {};
    if (!options_.jitter) {
      o.lease.renew_jitter = o.saving.jitter = 0ms;
      o.retry.jitter = false;
    }
    stores_.emplace_back(context_.get_executor(), "PlayerData", std::move(o));
  }
  for (std::size_t player = 0; player < options_.players; ++player)
    asio::co_spawn(stores_[player / options_.players_per_server].get_executor(), play(player),
                   [](std::exception_ptr thrown) {
                     if (thrown) std::rethrow_exception(thrown);
                   });
}

fleet::~fleet() = default;

/// The next gap of a Poisson process.
std::chrono::nanoseconds fleet::draw_gap() {
  std::chrono::duration<double> const mean = options_.between_edits;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(mean * -std::log1p(-uniform(*random_)));
}

asio::awaitable<void> fleet::play(std::size_t player) {
  auto const join = std::chrono::nanoseconds(options_.join_within) * static_cast<std::int64_t>(player) /
                    static_cast<std::int64_t>(options_.players);
  auto joining = sleep_until(*time_, time_point(join));
  co_await std::move(joining);
  auto& server = stores_[player / options_.players_per_server];
  auto starting = server.async_start_session(key_of(player), asio::as_tuple(asio::deferred));
  auto [ec, mine] = co_await std::move(starting);
  if (ec) throw boost::system::system_error(ec);
  profiles_[player] = mine;
  if (options_.between_edits == 0s) co_return;
  while (true) {
    auto pause = sleep_until(*time_, time_->now() + draw_gap());
    co_await std::move(pause);
    bool const open = mine.state() == session_state::active || mine.state() == session_state::lapsed;
    if (!open) co_return;
    auto& coins = mine.edit()["Coins"];
    coins = coins.to_number<std::int64_t>() + 1;
  }
}

void fleet::let_players_move(std::size_t how_many, std::chrono::seconds within) {
  for (std::size_t i = 0; i < how_many; ++i) {
    std::size_t const player = i * options_.players / how_many;
    auto const after = std::chrono::duration_cast<std::chrono::nanoseconds>(within * uniform(*random_));
    std::size_t const next = (player / options_.players_per_server + 1) % stores_.size();
    asio::co_spawn(stores_[next].get_executor(), move(player, after), [](std::exception_ptr) {});
  }
}

asio::awaitable<void> fleet::move(std::size_t player, std::chrono::nanoseconds after) {
  auto leaving = sleep_until(*time_, time_->now() + after);
  co_await std::move(leaving);
  auto& server = stores_[(player / options_.players_per_server + 1) % stores_.size()];
  while (true) {
    auto starting = server.async_start_session(key_of(player), asio::as_tuple(asio::deferred));
    auto [ec, mine] = co_await std::move(starting);
    if (ec == errc::lease_held) co_return;
    if (!ec) {
      guests_[player] = std::move(mine);
      ++moved_;
      co_return;
    }
    auto const patience = milliseconds(4000 + static_cast<std::int64_t>(uniform_up_to(*random_, 2000)));
    auto pause = sleep_until(*time_, time_->now() + patience);
    co_await std::move(pause);
  }
}

asio::awaitable<void> fleet::release(std::size_t player) {
  auto releasing = profiles_[player].async_release(asio::as_tuple(asio::deferred));
  co_await std::move(releasing);
}

void fleet::release_all() {
  for (std::size_t player = 0; player < options_.players; ++player)
    asio::co_spawn(profiles_[player].get_executor(), release(player), [](std::exception_ptr) {});
}

fleet::totals fleet::count() const {
  totals all;
  for (auto const& one : stores_) {
    auto const m = one.metrics();
    all.renewals += m.renewals.saved;
    all.saves += m.saves.saved;
    all.loaded += m.starts.loaded;
    all.lost += m.sessions_lost.stolen + m.sessions_lost.removed + m.sessions_lost.internal_error;
    all.active += m.sessions.active;
  }
  return all;
}

fleet::lapses fleet::look_for_lapses() {
  lapses found;
  for (std::size_t player = 0; player < options_.players; ++player) {
    bool const is_lapsed = profiles_[player].state() == session_state::lapsed;
    if (is_lapsed) was_lapsed_[player] = true;
    found.now += is_lapsed;
    found.ever += was_lapsed_[player];
  }
  return found;
}

}  // namespace chronicle::capacity
