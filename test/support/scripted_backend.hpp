// A backend that does what a test tells it: counts requests, takes its time, loses requests or replies, lets
// writes arrive after their callers gave up, sends them twice. Around a real backend, so that what it stores
// is right.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/waiting.hpp"
#include "support/forwarding_backend.hpp"

namespace chronicle::test {

/// What happens to one request.
enum class fate {
  pass,
  reject,        ///< refused before it was carried out: `backend_unavailable`
  lose_request,  ///< never arrives; the caller learns nothing
  lose_reply,    ///< is carried out; the caller learns nothing
  ghost,         ///< the caller learns nothing; arrives at `deliver_ghosts`
  duplicate,     ///< an intermediary sends it twice and reports the second answer
  hang,          ///< no answer until the caller cancels; is not carried out
  corrupt,       ///< (reads) a byte of the value is damaged on the way
};

class scripted_backend final : public forwarding_backend {
 public:
  struct put_record {
    time_point at;
    std::string key;
    std::string value;
    std::string write_id;
    put_record(time_point t, std::string k, std::string v, std::string w)
        : at(t), key(std::move(k)), value(std::move(v)), write_id(std::move(w)) {}
  };

  scripted_backend(std::shared_ptr<backend> inner, std::shared_ptr<time_source> time)
      : forwarding_backend(std::move(inner)), time_(std::move(time)) {}

  /// The fates of the next writes and reads, in order; then `pass` again.
  void next_puts(std::deque<fate> fates) { put_fates_ = std::move(fates); }
  void next_gets(std::deque<fate> fates) { get_fates_ = std::move(fates); }
  /// The fate of everything that is not scripted one by one.
  void always(fate f) { always_ = f; }
  void set_latency(milliseconds each) { latency_ = each; }
  /// Each version of a history takes this long, and is a page of its own.
  void set_slow_history(milliseconds each) { slow_history_ = each; }
  /// Writes that carry this text are refused: those of one server, by its id. Empty for none.
  void fail_for(std::string text) { refused_text_ = std::move(text); }
  void set_caps(capabilities c) { caps_ = c; }

  std::size_t gets = 0;
  std::size_t histories = 0;
  std::vector<put_record> puts;
  std::size_t most_in_flight = 0;  ///< writes at the same time, on any key

  std::size_t ghosts() const { return ghosts_.size(); }
  /// The writes that were taken for lost arrive now.
  asio::awaitable<std::vector<put_result>> deliver_ghosts() {
    std::vector<put_result> outcomes;
    while (!ghosts_.empty()) {
      ghost late = std::move(ghosts_.front());
      ghosts_.pop_front();
      auto writing = inner().put_if(late.key, late.value, late.expected, late.write_id);
      outcomes.push_back(co_await std::move(writing));
    }
    co_return outcomes;
  }

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    ++gets;
    fate const f = draw(get_fates_);
    bool const arrived = co_await travel(f);
    if (!arrived || f == fate::lose_request || f == fate::lose_reply)
      co_return make_error_code(arrived ? errc::backend_failure : errc::timeout);
    if (f == fate::reject) co_return make_error_code(errc::backend_unavailable);
    auto reading = inner().get(std::move(key));
    auto read = co_await std::move(reading);
    if (f == fate::corrupt && read && *read) (*read)->value[(*read)->value.size() / 2] ^= 1;
    co_return read;
  }

  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    puts.emplace_back(time_->now(), key, value.str(), write_id);
    fate f = draw(put_fates_);
    if (!refused_text_.empty() && value.view().find(refused_text_) != std::string::npos) f = fate::reject;
    ++in_flight_;
    most_in_flight = std::max(most_in_flight, in_flight_);
    bool const arrived = co_await travel(f);
    --in_flight_;
    if (f == fate::reject) co_return put_result(rejected(make_error_code(errc::backend_unavailable)));
    if (f == fate::ghost) ghosts_.push_back(ghost(key, value.str(), expected, write_id));
    if (!arrived || f == fate::lose_request || f == fate::ghost)
      co_return put_result(indeterminate(make_error_code(errc::timeout)));
    auto writing = inner().put_if(key, value, expected, f == fate::duplicate ? std::string() : write_id);
    put_result outcome = co_await std::move(writing);
    if (f == fate::lose_reply) co_return put_result(indeterminate(make_error_code(errc::timeout)));
    if (f == fate::duplicate) {
      auto again = inner().put_if(key, value, expected, std::string());
      outcome = co_await std::move(again);
    }
    if (!caps().conflict_returns_current && std::holds_alternative<conflict>(outcome)) outcome = conflict();
    co_return outcome;
  }

  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    ++histories;
    if (slow_history_ > milliseconds::zero()) {
      limit = 1;
      auto waiting = sleep_until(*time_, time_->now() + slow_history_);
      co_await std::move(waiting);
    }
    auto reading = inner().history(std::move(key), std::move(cursor), limit);
    co_return co_await std::move(reading);
  }
  capabilities caps() const override { return caps_ ? *caps_ : forwarding_backend::caps(); }

 private:
  struct ghost {
    std::string key, value;
    std::optional<version> expected;
    std::string write_id;
    ghost(std::string k, std::string v, std::optional<version> e, std::string w)
        : key(std::move(k)), value(std::move(v)), expected(std::move(e)), write_id(std::move(w)) {}
  };

  fate draw(std::deque<fate>& from) {
    if (from.empty()) return always_;
    fate const f = from.front();
    from.pop_front();
    return f;
  }

  // False when the caller gave up on the way.
  asio::awaitable<bool> travel(fate f) {
    if (f != fate::hang && latency_ == milliseconds::zero()) co_return true;
    co_await asio::this_coro::throw_if_cancelled(false);
    auto waiting = sleep_until(*time_, f == fate::hang ? time_point::max() : time_->now() + latency_);
    error_code const cancelled = co_await std::move(waiting);
    co_return !cancelled;
  }

  std::shared_ptr<time_source> time_;
  std::deque<fate> put_fates_, get_fates_;
  fate always_ = fate::pass;
  milliseconds latency_{0};
  milliseconds slow_history_{0};
  std::string refused_text_;
  std::optional<capabilities> caps_;
  std::deque<ghost> ghosts_;
  std::size_t in_flight_ = 0;
};

}  // namespace chronicle::test
