#include "game.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <sstream>

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

template <class... Words>
void say(Words const&... words) {
  char const* space = "";
  ((std::cout << std::exchange(space, " ") << words), ...);
  std::cout << std::endl;  // whoever listens at the other end of a pipe wants it now
}

std::int64_t coins_in(json::object const& data) {
  return data.at("Coins").to_number<std::int64_t>();
}

// While a lease has merely lapsed, as in an outage, it is probably still ours, and what is edited will be
// saved.
bool may_edit(chronicle::profile const& profile) {
  return profile.is_active() || profile.state() == chronicle::session_state::lapsed;
}

chronicle::store_options with_game(chronicle::store_options options, chronicle::hooks hooks) {
  options.defaults = {{"Coins", 0}, {"Inventory", json::array{"wooden sword"}}};
  options.hooks = std::move(hooks);
  return options;
}

}  // namespace

game::game(asio::any_io_executor executor, chronicle::store_options options)
    : executor_(executor),
      players_(executor, "PlayerData", with_game(std::move(options), watch())),
      nobody_here_(executor, asio::steady_timer::time_point::max()) {}

bool game::obey(std::string_view line) {
  std::istringstream words{std::string(line)};
  std::string verb, name;
  std::int64_t coins = 0;
  words >> verb >> name;
  if (name.empty()) return false;
  if (verb == "join") {
    join(name);
  } else if (verb == "leave") {
    leave(name);
  } else if (verb == "earn" && words >> coins) {
    auto const found = online_.find(name);
    bool const taken =
        found != online_.end() && found->second->earnings.try_send(chronicle::error_code(), coins);
    if (!taken) say("refused", name, "not playing here");
  } else {
    return false;
  }
  return true;
}

void game::join(std::string const& name) {
  auto const [place, is_new] = online_.try_emplace(name);
  if (!is_new) return say("refused", name, "already here");
  place->second = std::make_shared<player>(executor_);
  ++visits_;
  asio::co_spawn(executor_, visit(name, place->second), [this](std::exception_ptr) {
    if (--visits_ == 0) nobody_here_.cancel();
  });
}

void game::leave(std::string const& name) {
  if (auto const who = online_.extract(name))
    who.mapped()->leave();  // `name` may be the key of that very node
}

asio::awaitable<void> game::everybody_leaves() {
  while (!online_.empty()) leave(online_.begin()->first);
  while (visits_ > 0) {
    auto waiting = nobody_here_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_await std::move(waiting);
  }
}

void game::forget(std::string const& name, std::shared_ptr<player> const& p) {
  auto const found = online_.find(name);
  if (found != online_.end() && found->second == p) online_.erase(found);
}

asio::awaitable<void> game::visit(std::string name, std::shared_ptr<player> p) {
  auto starting = players_.async_start_session(
      name, asio::as_tuple(asio::bind_cancellation_slot(p->left.slot(), asio::use_awaitable)));
  auto [ec, profile] = co_await std::move(starting);
  if (ec) {
    forget(name, p);
    say("refused", name, ec.message());
    co_return;
  }
  say("joined", name, coins_in(profile.data()));
  auto playing = play(p, profile);
  co_await std::move(playing);
  forget(name, p);

  // Saves what is not saved yet and gives the lease back, so that the next server can have it. From here on
  // the player may be sent there: it waits for this write.
  say("leaving", name);
  auto releasing = profile.async_release(asio::as_tuple(asio::use_awaitable));
  auto [failed, receipt] = co_await std::move(releasing);
  if (failed)
    say("failed", name, failed.message());
  else
    say("left", name, coins_in(profile.data()));
}

asio::awaitable<void> game::play(std::shared_ptr<player> p, chronicle::profile profile) {
  while (true) {
    auto receiving = p->earnings.async_receive(asio::as_tuple(asio::use_awaitable));
    auto const [left, coins] = co_await std::move(receiving);
    if (left || !may_edit(profile)) break;
    profile.edit()["Coins"] = coins_in(profile.data()) + coins;  // saved a little later, by itself
  }
}

// Whatever happens to the players' data is said aloud. A real game would also pay out what it owes for a
// purchase only when on_save has come.
chronicle::hooks game::watch() {
  chronicle::hooks h;
  h.on_save = [](std::string_view key, json::object const& data, chronicle::operation_stats const&) {
    say("saved", key, coins_in(data));
  };
  h.on_save_failed = [](std::string_view key, chronicle::save_failure const& failure) {
    if (failure.will_retry)
      say("delayed", key, failure.why.message());
    else if (failure.unsaved)
      say("unsaved", key,
          coins_in(*failure.unsaved));  // the only copy: a real game writes it to a safe place
  };
  h.on_session_lost = [this](std::string_view key, chronicle::session_loss const& loss) {
    say("lost", key, to_string(loss.cause));
    leave(std::string(key));
  };
  h.on_corruption = [](std::string_view key, chronicle::corruption const& what) {
    say("corrupt", key, what.kind, what.path, what.details);
  };
  h.on_lease_conflict = [](std::string_view key, chronicle::lease_resolution resolution) {
    say("conflict", key, to_string(resolution));
  };
  return h;
}
