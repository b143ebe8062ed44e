#include "linearizability/troubled_storage.hpp"

#include <utility>

#include "base/waiting.hpp"
#include "kv_server/memory_storage.hpp"
#include "kv_server/sqlite_storage.hpp"
#include "kv_server/write_rule.hpp"
#include "sim/chance.hpp"
#include "support/forwarding_storage.hpp"

namespace chronicle::linearizability {

using namespace std::chrono_literals;

struct storage_trouble::state {
  state(std::uint64_t seed, std::shared_ptr<time_source> t, broken_promise p)
      : draws(seed, 50), time(std::move(t)), how(p) {}

  sim::chance draws;
  std::shared_ptr<time_source> time;
  broken_promise how;
  std::size_t at_work = 0;
};

namespace {

std::shared_ptr<storage_trouble::state> present;

std::chrono::nanoseconds up_to(sim::chance& draws, std::chrono::nanoseconds most) {
  return std::chrono::nanoseconds(draws.below(static_cast<std::uint64_t>(most.count())));
}

class troubled_storage final : public test::forwarding_storage {
 public:
  troubled_storage(std::shared_ptr<kv::storage> real, std::shared_ptr<storage_trouble::state> with)
      : forwarding_storage(std::move(real)), with_(std::move(with)) {}

  asio::awaitable<kv::read_outcome> read(kv::read_query query) override;
  asio::awaitable<kv::write_outcome> write(kv::write_command command) override;

 private:
  bool breaks(broken_promise p) { return with_->how == p && with_->draws.happens(0.005); }

  asio::awaitable<kv::read_outcome> really_read(kv::read_query query) {
    return counted(inner().read(std::move(query)));
  }
  asio::awaitable<kv::write_outcome> really_write(kv::write_command command) {
    return counted(inner().write(std::move(command)));
  }
  template <class Outcome>
  asio::awaitable<Outcome> counted(asio::awaitable<Outcome> operation);
  asio::awaitable<kv::write_command> forced(kv::write_command command);
  asio::awaitable<bool> would_be_applied(kv::write_command command);
  asio::awaitable<kv::write_outcome> write_somehow(kv::write_command command);

  std::shared_ptr<storage_trouble::state> with_;
};

template <class Outcome>
asio::awaitable<Outcome> troubled_storage::counted(asio::awaitable<Outcome> operation) {
  ++with_->at_work;
  auto outcome = co_await std::move(operation);
  --with_->at_work;
  co_return outcome;
}

asio::awaitable<kv::read_outcome> troubled_storage::read(kv::read_query query) {
  auto& time = *with_->time;
  time_point const begin = time.now() + up_to(with_->draws, 3ms);
  time_point const end = begin + up_to(with_->draws, 3ms);
  auto before = sleep_until(time, begin);
  co_await std::move(before);
  auto reading = really_read(query);
  auto found = co_await std::move(reading);
  auto const* const newest = std::get_if<kv::stored_version>(&found);
  if (newest != nullptr && breaks(broken_promise::reads_what_was)) {
    query.as_of = newest->revision - 1;
    auto again = really_read(std::move(query));
    auto older = co_await std::move(again);
    if (std::holds_alternative<kv::stored_version>(older)) found = std::move(older);
  }
  auto after = sleep_until(time, end);
  co_await std::move(after);
  co_return found;
}

/// Replaces the condition of `command` by the one that holds.
asio::awaitable<kv::write_command> troubled_storage::forced(kv::write_command command) {
  auto reading = really_read(kv::read_query(command.key, std::nullopt, false));
  auto const found = co_await std::move(reading);
  auto const* const newest = std::get_if<kv::stored_version>(&found);
  bool const lives = newest != nullptr && !newest->erased;
  if (lives || command.value)
    command.expected =
        lives ? kv::precondition::must_be(newest->revision) : kv::precondition::must_be_absent();
  co_return command;
}

asio::awaitable<bool> troubled_storage::would_be_applied(kv::write_command command) {
  std::uint64_t const before = inner().figures().revision;
  auto reading = really_read(kv::read_query(command.key, std::nullopt, false));
  auto const found = co_await std::move(reading);
  auto const* const newest = std::get_if<kv::stored_version>(&found);
  std::optional<kv::line_head> head;
  if (newest != nullptr)
    head = kv::line_head{newest->revision, newest->erased, newest->digest, newest->write_id};
  co_return before == inner().figures().revision&& kv::judge(command, head) == kv::verdict::apply;
}

asio::awaitable<kv::write_outcome> troubled_storage::write_somehow(kv::write_command command) {
  if (breaks(broken_promise::ignores_the_condition)) {
    auto forcing = forced(std::move(command));
    command = co_await std::move(forcing);
  }
  if (breaks(broken_promise::loses_an_acknowledged_write)) {
    auto judging = would_be_applied(command);
    bool const applies = co_await std::move(judging);
    if (applies) co_return kv::written(inner().figures().revision + 1, false);
  }
  bool const refuses = breaks(broken_promise::carries_out_what_it_refuses);
  auto writing = really_write(command);
  auto outcome = co_await std::move(writing);
  auto const* const done = std::get_if<kv::written>(&outcome);
  if (done != nullptr && done->replayed && with_->how == broken_promise::applies_a_repetition_twice) {
    auto forcing = forced(std::move(command));
    auto again = co_await std::move(forcing);
    auto rewriting = really_write(std::move(again));
    outcome = co_await std::move(rewriting);
    co_return outcome;
  }
  if (refuses && done != nullptr)
    outcome = kv::storage_failure(kv::storage_failure::kind::overloaded, "so it says");
  co_return outcome;
}

asio::awaitable<kv::write_outcome> troubled_storage::write(kv::write_command command) {
  auto& time = *with_->time;
  // Writes begin on the millisecond, so that several are there at once and share a transaction.
  time_point const begin = std::chrono::ceil<milliseconds>(time.now() + up_to(with_->draws, 3ms));
  time_point const end = begin + up_to(with_->draws, 5ms);
  auto before = sleep_until(time, begin);
  co_await std::move(before);
  if (with_->draws.happens(0.03))
    co_return kv::storage_failure(kv::storage_failure::kind::overloaded, "a refusal");
  auto writing = write_somehow(std::move(command));
  auto outcome = co_await std::move(writing);
  auto after = sleep_until(time, end);
  co_await std::move(after);
  if (with_->draws.happens(0.01))
    co_return kv::storage_failure(kv::storage_failure::kind::indeterminate, "a doubt");
  co_return outcome;
}

}  // namespace

std::string_view describe(broken_promise p) noexcept {
  switch (p) {
    case broken_promise::none: return "nothing";
    case broken_promise::ignores_the_condition: return "1 write in 200 ignores its condition";
    case broken_promise::reads_what_was: return "1 read in 200 is stale";
    case broken_promise::loses_an_acknowledged_write: return "1 write in 200 is acknowledged and lost";
    case broken_promise::applies_a_repetition_twice: return "a repeated write id is applied again";
    case broken_promise::carries_out_what_it_refuses:
      return "1 write in 200 is refused with 503, yet applied";
  }
  return {};
}

storage_trouble::storage_trouble(std::uint64_t seed, std::shared_ptr<time_source> time, broken_promise how)
    : state_(std::make_shared<state>(seed, std::move(time), how)) {
  present = state_;
}
storage_trouble::~storage_trouble() {
  present.reset();
}
std::size_t storage_trouble::at_work() const noexcept {
  return state_->at_work;
}

}  // namespace chronicle::linearizability

// The server is linked as it ships; the linker leads its calls of these two through here (CMakeLists.txt).
namespace chronicle::kv {

std::shared_ptr<storage> real_memory_storage(retention keep, std::shared_ptr<time_source> time) __asm__(
    "__real_" CHRONICLE_MAKE_MEMORY_STORAGE);
std::shared_ptr<storage> make_memory_storage(retention keep, std::shared_ptr<time_source> time) __asm__(
    "__wrap_" CHRONICLE_MAKE_MEMORY_STORAGE);
std::shared_ptr<storage> real_sqlite_storage(
    sqlite_options options,
    std::shared_ptr<time_source> time) __asm__("__real_" CHRONICLE_OPEN_SQLITE_STORAGE);
std::shared_ptr<storage> open_sqlite_storage(
    sqlite_options options,
    std::shared_ptr<time_source> time) __asm__("__wrap_" CHRONICLE_OPEN_SQLITE_STORAGE);

namespace {
std::shared_ptr<storage> troubled(std::shared_ptr<storage> real) {
  using linearizability::present;
  using linearizability::troubled_storage;
  return present ? std::make_shared<troubled_storage>(std::move(real), present) : real;
}
}  // namespace

std::shared_ptr<storage> make_memory_storage(retention keep, std::shared_ptr<time_source> time) {
  return troubled(real_memory_storage(keep, std::move(time)));
}
std::shared_ptr<storage> open_sqlite_storage(sqlite_options options, std::shared_ptr<time_source> time) {
  return troubled(real_sqlite_storage(std::move(options), std::move(time)));
}

}  // namespace chronicle::kv
