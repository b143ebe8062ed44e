#include "player_service.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>

namespace asio = boost::asio;
namespace json = boost::json;

namespace {
void add(json::value& number, std::int64_t amount) {
  number = number.to_number<std::int64_t>() + amount;
}
}  // namespace

json::object player_service::defaults() {
  return {{"Coins", 100},
          {"Level", 1},
          {"Inventory", json::array()},
          {"Settings", {{"Music", true}, {"SFX", true}}},
          {"Stats", {{"SecondsPlayed", 0}, {"Sessions", 0}}}};
}

asio::awaitable<chronicle::error_code> player_service::join(std::string id) {
  auto const [place, is_new] = visits_.try_emplace(id, std::make_shared<visit>());
  if (!is_new) co_return chronicle::errc::already_active;
  auto const here = place->second;

  auto loading = players_.async_start_session(
      "Player_" + id, asio::as_tuple(asio::bind_cancellation_slot(here->left.slot(), asio::use_awaitable)));
  auto [ec, profile] = co_await std::move(loading);
  if (!ec && here->gone) {  // just when the profile had been loaded
    auto releasing = profile.async_release(asio::as_tuple(asio::use_awaitable));
    co_await std::move(releasing);
    ec = chronicle::errc::cancelled;
  }
  if (ec) {
    visits_.erase(id);
    co_return ec;
  }
  here->profile = profile;
  add(profile.edit()["Stats"].at("Sessions"), 1);
  co_return chronicle::error_code();
}

asio::awaitable<void> player_service::leave(std::string id) {
  auto const found = visits_.find(id);
  if (found == visits_.end()) co_return;
  auto const here = found->second;
  here->gone = true;
  here->left.emit(asio::cancellation_type::total);  // the load, if it is under way, fails with `cancelled`
  if (!here->profile) co_return;

  auto releasing = here->profile.async_release(asio::as_tuple(asio::use_awaitable));
  auto [ec, receipt] = co_await std::move(releasing);
  if (ec) std::cerr << id << " was not saved: " << ec.message() << '\n';
  visits_.erase(id);
}

chronicle::profile* player_service::find(std::string const& id) {
  auto const found = visits_.find(id);
  bool const editable = found != visits_.end() && found->second->profile.is_active();
  return editable ? &found->second->profile : nullptr;
}

void player_service::tick(std::chrono::seconds passed) {
  for (auto& [id, here] : visits_)
    if (here->profile.is_active()) add(here->profile.edit()["Stats"].at("SecondsPlayed"), passed.count());
}
