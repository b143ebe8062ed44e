#include "session/janitor.hpp"

#include <utility>

#include "base/waiting.hpp"
#include "integrity/fnv1a.hpp"
#include "lease/transitions.hpp"
#include "record/codec.hpp"
#include "resilience/backoff.hpp"

namespace chronicle {
namespace {

/// The text that settles the matter, given what was read; empty when nothing is left to do. A damaged read
/// settles nothing.
result<std::optional<std::string>> next_write(context& ctx, std::string const& record_key,
                                              lease::attempted_write const& acquire,
                                              std::optional<entry> const& read) {
  std::optional<record::decoded> holds;
  lease::read_back back;
  if (read) {
    auto decoded = record::decode(read->value, record_key);
    if (!decoded) return make_error_code(errc::corrupted_record);
    holds = std::move(*decoded);
    back = {&holds->head, read->ver};
  }
  switch (lease::decide_clean_up(acquire, back)) {
    case lease::clean_up::done: return std::optional<std::string>();
    case lease::clean_up::release: return record::encode(lease::release(holds->head), holds->data);
    case lease::clean_up::touch: break;
  }
  if (holds) return record::encode(lease::touch(holds->head, ctx.options.ids->make_id()), holds->data);
  // Nothing is there that could be touched: a released record from the template keeps the late creation out.
  lease::owner const who{ctx.server_id, ctx.options.ids->make_id()};
  auto data = record::seal(ctx.options.defaults);
  auto const made =
      lease::create(record_key, who, ctx.options.lease.duration, format_hash(data.hash), ctx.time.wall_now());
  return record::encode(lease::release(made), std::move(data));
}

}  // namespace

asio::awaitable<void> clean_up(context& ctx, std::string record_key, lease::attempted_write acquire,
                               time_point deadline, asio::cancellation_signal& interrupt) {
  operation_stats stats;
  caller const me{stats, interrupt};
  backoff pauses(ctx.options.retry, *ctx.options.random);
  while (ctx.time.now() < deadline) {
    auto reading = ctx.store_gateway.get(record_key, circuit_lane::critical, me);
    auto const read = co_await std::move(reading);
    result<std::optional<std::string>> text = make_error_code(errc::corrupted_record);
    if (read) text = next_write(ctx, record_key, acquire, *read);
    if (text && !*text) co_return;
    if (text) {
      std::optional<version> expected;
      if (*read) expected = (*read)->ver;
      std::string write_id = acquire.session + ":janitor:" + std::to_string(stats.backend_calls);
      auto writing = ctx.store_gateway.put_if(record_key, std::move(**text), std::move(expected),
                                              std::move(write_id), circuit_lane::critical, me);
      put_result const outcome = co_await std::move(writing);
      if (std::holds_alternative<applied>(outcome)) co_return;
    }
    auto resting = sleep_until(ctx.time, pauses.next(ctx.time.now(), deadline).value_or(deadline));
    co_await std::move(resting);
  }
  ctx.events.log().write(log_level::warning, "orphan_lease_possible",
                         {{"key", record_key}, {"session", acquire.session}});
}

}  // namespace chronicle
