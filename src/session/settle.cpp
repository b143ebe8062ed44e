#include "session/settle.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/waiting.hpp"
#include "record/codec.hpp"
#include "resilience/backoff.hpp"

namespace chronicle {
namespace {

/// The course of one settlement, between its awaits.
class course {
 public:
  course(context& ctx, prepared_write const& write, settle_limits limits, caller by)
      : ctx_(ctx),
        write_(write),
        limits_(limits),
        by_(by),
        backoff_(ctx.options.retry, *ctx.options.random) {}

  static asio::awaitable<settled> run(course self);

 private:
  // One compare-and-swap.
  asio::awaitable<put_result> attempt();
  // Settles what needs no read-back.
  std::optional<settled> judge_attempt(put_result answer);
  // Reads back once and judges.
  asio::awaitable<result<std::optional<entry>>> look() {
    return ctx_.store_gateway.get(write_.record_key, circuit_lane::critical, by_);
  }
  std::optional<settled> judge_look(result<std::optional<entry>> read);
  // Nothing when it cannot be read now.
  asio::awaitable<std::optional<settled>> consult_history();
  // Backs off after a failure. False when there is no time left.
  asio::awaitable<bool> pause();

  std::optional<settled> judge(std::optional<entry> now_stored);
  settled end(settlement how) const;
  bool out_of_time() const {
    return ctx_.time.now() >= limits_.deadline || (limits_.abandoned && *limits_.abandoned);
  }

  context& ctx_;
  prepared_write const& write_;
  settle_limits limits_;
  caller by_;
  bool failed_ = false;  // the last step; the next one waits
  backoff backoff_;
  bool in_flight_ = false;  // an attempt may have been applied or may still be
  bool send_again_ = true;  // the next step is an attempt, not a look
  bool history_needed_ = false;
  error_code why_;
  std::optional<milliseconds> retry_after_;
};

settled course::end(settlement how) const {
  settled ended;
  ended.how = how;
  ended.sent_at = write_.begun;
  ended.ever_sent = in_flight_;
  ended.why = why_;
  ended.retry_after = retry_after_;
  return ended;
}

asio::awaitable<settled> course::run(course self) {
  while (true) {
    std::optional<settled> ended;
    if (std::exchange(self.send_again_, false)) {
      auto sending = self.attempt();
      auto answer = co_await std::move(sending);
      ended = self.judge_attempt(std::move(answer));
    } else {
      auto reading = self.look();
      auto read = co_await std::move(reading);
      ended = self.judge_look(std::move(read));
    }
    if (ended) co_return std::move(*ended);
    if (self.history_needed_) {
      auto asking = self.consult_history();
      auto found = co_await std::move(asking);
      if (found) co_return std::move(*found);
    }
    if (self.out_of_time()) co_return self.end(settlement::unconfirmed);
    if (std::exchange(self.failed_, false)) {
      auto resting = self.pause();
      bool const go_on = co_await std::move(resting);
      if (!go_on) co_return self.end(settlement::unconfirmed);
    }
  }
}

asio::awaitable<put_result> course::attempt() {
  by_.stats.bytes = write_.text.size();
  bool const critical = limits_.upkeep && lease::is_critical(*limits_.upkeep, ctx_.time.now());
  circuit_lane const lane = critical ? circuit_lane::critical : circuit_lane::ordinary;
  std::string write_id =
      write_.id.session + ":" + std::to_string(write_.id.commit_index) + ":" + std::to_string(write_.id.seq);
  return ctx_.store_gateway.put_if(write_.record_key, write_.text, write_.id.expected, std::move(write_id),
                                   request_class(lane, in_flight_), by_);
}

std::optional<settled> course::judge_attempt(put_result answer) {
  if (auto* done = std::get_if<applied>(&answer)) {
    settled ended = end(settlement::applied);
    ended.at = std::move(done->ver);
    return ended;
  }
  if (auto* refused = std::get_if<rejected>(&answer)) {
    why_ = refused->why;
    retry_after_ = refused->retry_after;
    if (!in_flight_) return end(settlement::rejected);
    failed_ = true;  // this attempt was not applied, but an earlier one may be: look again
  } else if (auto* unknown = std::get_if<indeterminate>(&answer)) {
    why_ = unknown->why;
    in_flight_ = true;
    failed_ = true;
  } else {
    in_flight_ = true;  // a conflict is not a verdict: an intermediary may have sent this write twice
    if (auto& seen = std::get<conflict>(answer).current) return judge(std::move(seen));
  }
  return std::nullopt;
}

std::optional<settled> course::judge_look(result<std::optional<entry>> read) {
  if (read) return judge(std::move(*read));
  why_ = read.error();
  failed_ = true;
  return std::nullopt;
}

std::optional<settled> course::judge(std::optional<entry> now_stored) {
  std::unique_ptr<record_as_read> holds;
  if (now_stored) {
    auto decoded = record::decode(now_stored->value, write_.record_key);
    if (!decoded) {
      // A damaged read settles nothing: our own write may be what is under it.
      why_ = make_error_code(errc::corrupted_record);
      failed_ = true;
      return std::nullopt;
    }
    holds = std::make_unique<record_as_read>(std::move(*now_stored), std::move(decoded->head));
  }
  lease::read_back const read{holds ? &holds->head : nullptr,
                              holds ? std::optional(holds->raw.ver) : std::nullopt};
  lease::verdict const found =
      write_.acquires ? lease::resolve_acquire(write_.id, read) : lease::resolve(write_.id, read);

  settled ended = end(settlement::applied);
  ended.at = read.at;
  switch (found) {
    case lease::verdict::applied: return ended;
    case lease::verdict::resend:
      send_again_ = true;
      failed_ = true;
      return std::nullopt;
    case lease::verdict::adopt:
      ended.how = settlement::adopt;
      ended.found = std::move(holds);
      return ended;
    case lease::verdict::lost:
      ended.how = settlement::lost;
      ended.last_commit = lease::find_last_commit(write_.id, holds->head);
      return ended;
    case lease::verdict::lost_but_saved: ended.how = settlement::lost_but_saved; return ended;
    case lease::verdict::removed: ended.how = settlement::removed; return ended;
    case lease::verdict::ask_history: history_needed_ = true; return std::nullopt;
  }
  return std::nullopt;
}

asio::awaitable<std::optional<settled>> course::consult_history() {
  history_needed_ = false;
  if (!ctx_.store_gateway.caps().history) co_return end(settlement::lost_unproven);
  std::vector<record::header> newest_first;
  bool damaged = false;  // one of them, and it may be ours
  std::string cursor;
  while (true) {
    constexpr std::size_t page_size = 100;
    auto asking =
        ctx_.store_gateway.history(write_.record_key, cursor, page_size, circuit_lane::critical, by_);
    auto const part = co_await std::move(asking);
    if (!part) {
      why_ = part.error();
      failed_ = true;
      co_return std::nullopt;
    }
    for (auto const& past : part->items) {
      if (auto decoded = record::decode(past.value, write_.record_key)) {
        newest_first.push_back(std::move(decoded->head));
      } else {
        damaged = true;
      }
    }
    auto const found = lease::resolve_from_history(write_.id, newest_first);
    if (found == lease::verdict::lost_but_saved) co_return end(settlement::lost_but_saved);
    if (found == lease::verdict::lost && !damaged) {
      settled ended = end(settlement::lost);
      ended.last_commit = lease::find_last_commit(write_.id, newest_first);
      co_return ended;
    }
    if (found || part->next.empty()) co_return end(settlement::lost_unproven);
    if (out_of_time()) co_return std::nullopt;
    cursor = part->next;
  }
}

asio::awaitable<bool> course::pause() {
  auto const until = backoff_.next(ctx_.time.now(), limits_.deadline, retry_after_);
  if (!until) co_return false;
  auto sleeping = sleep_until(ctx_.time, *until);
  co_await std::move(sleeping);
  co_return !out_of_time();
}

}  // namespace

asio::awaitable<settled> settle(context& ctx, prepared_write const& write, settle_limits limits, caller by) {
  return course::run(course(ctx, write, limits, by));
}

}  // namespace chronicle
