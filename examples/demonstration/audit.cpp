#include "audit.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "run_all.hpp"

namespace asio = boost::asio;

namespace {

asio::awaitable<void> audit_one(chronicle::store& records, player const& whose, tally& counts) {
  auto opening = records.async_start_session(whose.name(), asio::as_tuple(asio::use_awaitable));
  auto [ec, profile] = co_await std::move(opening);
  if (ec) {
    counts.problems.push_back(whose.name() + ": the record cannot be read: " + ec.message());
    co_return;
  }
  auto const* const coins = profile.data().if_contains("Coins");
  std::int64_t const stored = coins ? coins->to_number<std::int64_t>() : 0;
  counts.stored += stored;
  auto const wrong = whose.coins().audit(stored);
  if (!wrong.empty()) counts.problems.push_back(whose.name() + ": " + wrong);
  auto releasing = profile.async_release(asio::as_tuple(asio::use_awaitable));
  co_await std::move(releasing);
}

}  // namespace

asio::awaitable<void> audit(chronicle::store records, game_round& played) {
  std::vector<asio::awaitable<void>> tasks;
  for (auto const& [name, one] : played.players()) tasks.push_back(audit_one(records, *one, played.counts()));
  auto running = run_all(std::move(tasks));
  co_await std::move(running);
}
