// The rules that store options have to satisfy, in the order in which they are reported.
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "base/utf8.hpp"
#include "chronicle/store_options.hpp"
#include "integrity/storable.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;

/// Collects the first complaint.
class complaint {
 public:
  /// `because` names the option that sets a bound.
  template <class T>
  void unless_between(char const* member, T value, T low, T high, char const* because = nullptr) {
    if (value >= low && value <= high) return;
    std::string const reason = because ? std::string(" (") + because + ")" : std::string();
    say(member, "is " + show(value) + ", must be " + show(low) + " to " + show(high) + reason);
  }
  void unless(bool fine, char const* member, std::string const& what) {
    if (!fine) say(member, what);
  }
  /// What the options within an option have to say: "member: ..." becomes "<owner>member: ...".
  void quote(char const* owner, std::string const& problem) {
    if (text_.empty()) text_ = owner + problem;
  }
  std::string text() && { return std::move(text_); }

 private:
  static std::string show(milliseconds value) {
    struct unit {
      milliseconds::rep count;
      char const* name;
    };
    constexpr std::array units{unit{3'600'000, " h"}, unit{60'000, " min"}, unit{1'000, " s"}};
    for (auto const& u : units)
      if (value.count() != 0 && value.count() % u.count == 0)
        return std::to_string(value.count() / u.count) + u.name;
    return std::to_string(value.count()) + " ms";
  }
  static std::string show(std::size_t value) { return std::to_string(value); }
  // The shortest text that names this very number: 0.5000001 must not read 0.5.
  static std::string show(double value) {
    std::array<char, 32> text{};
    auto const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
  }
  void say(char const* member, std::string const& what) {
    if (text_.empty()) text_ = std::string(member) + ": " + what;
  }

  std::string text_;
};

void check_lease(complaint& c, lease_options const& o) {
  c.unless_between<milliseconds>("lease.duration", o.duration, 5s, 1h);
  c.unless_between<milliseconds>("lease.renew_age", o.renew_age, 1ms, o.duration - 1ms,
                                 "below lease.duration");
  c.unless_between<milliseconds>("lease.early_renew_age", o.early_renew_age, 0ms, o.renew_age - 1ms,
                                 "below lease.renew_age");
  c.unless_between<milliseconds>("lease.renew_jitter", o.renew_jitter, 0ms, o.renew_age,
                                 "at most lease.renew_age");
  c.unless_between("lease.clock_rate_error", o.clock_rate_error, 0.0, 0.5);
  c.unless_between<milliseconds>("lease.age_granularity", o.age_granularity, 0ms, 1min);
  c.unless_between<milliseconds>("lease.max_wall_clock_skew", o.max_wall_clock_skew, 0ms, 1h);
}

void check_saving(complaint& c, saving_options const& o) {
  c.unless_between<milliseconds>("saving.quiet_period", o.quiet_period, 1ms, 1h);
  c.unless_between<milliseconds>("saving.max_delay", o.max_delay, o.quiet_period, 24h,
                                 "at least saving.quiet_period");
  c.unless_between<milliseconds>("saving.jitter", o.jitter, 0ms, o.quiet_period,
                                 "at most saving.quiet_period");
}

void check_retry(complaint& c, retry_options const& o) {
  c.unless_between<milliseconds>("retry.attempt_timeout", o.attempt_timeout, 1ms, 10min);
  c.unless_between<milliseconds>("retry.backoff_base", o.backoff_base, 1ms, 1min);
  c.unless_between<milliseconds>("retry.backoff_cap", o.backoff_cap, o.backoff_base, 1h,
                                 "at least retry.backoff_base");
  c.unless_between<milliseconds>("retry.upkeep_base", o.upkeep_base, 1ms, 1min);
  c.unless_between<milliseconds>("retry.upkeep_cap", o.upkeep_cap, o.upkeep_base, 1h,
                                 "at least retry.upkeep_base");
  c.unless_between<milliseconds>("retry.start_deadline", o.start_deadline, 1ms, 1h);
  c.unless_between<milliseconds>("retry.save_deadline", o.save_deadline, 1ms, 1h);
  c.unless_between<milliseconds>("retry.release_deadline", o.release_deadline, 1ms, 1h);
}

}  // namespace

std::string find_problem(store_options const& options) {
  complaint c;
  c.unless(options.server_name.size() <= 64, "server_name",
           "has " + std::to_string(options.server_name.size()) + " bytes, must have at most 64");
  c.unless(
      is_valid_utf8(options.server_name), "server_name",
      "is ill-formed at byte " + std::to_string(find_invalid_utf8(options.server_name)) + ", must be UTF-8");
  check_lease(c, options.lease);
  check_saving(c, options.saving);
  check_retry(c, options.retry);
  c.unless_between<milliseconds>("challenge.window", options.challenge.window, 100ms, 1min);
  c.unless_between<milliseconds>("challenge.max_stall", options.challenge.max_stall, 1ms, 1min);
  c.unless_between<milliseconds>("close.deadline", options.close.deadline, 1ms, 1h);
  c.unless_between<std::size_t>("close.parallel", options.close.parallel, 1, 10'000);
  c.unless_between<std::size_t>("max_record_bytes", options.max_record_bytes, 1024, std::size_t{64} << 20);
  if (auto const problem = find_problem(options.breaker); !problem.empty()) c.quote("breaker.", problem);
  if (options.simulation)
    if (auto const problem = find_problem(*options.simulation); !problem.empty())
      c.quote("simulation.", problem);
  if (auto const problem = find_problem(options.retry_budget); !problem.empty())
    c.quote("retry_budget.", problem);
  if (auto const problem = check_storable(options.defaults))
    c.unless(false, "defaults", problem->path + " " + problem->reason);
  return std::move(c).text();
}

}  // namespace chronicle
