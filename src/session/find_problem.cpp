// The rules that store options have to satisfy, in the order in which they are reported.
#include <sstream>

#include "base/utf8.hpp"
#include "chronicle/store_options.hpp"
#include "integrity/storable.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;

/// Collects the first complaint.
class complaint {
 public:
  template <class T>
  void unless_between(char const* member, T value, T low, T high) {
    if (value >= low && value <= high) return;
    say(member, "is " + show(value) + ", must be " + show(low) + " to " + show(high));
  }
  void unless(bool fine, char const* member, std::string const& what) {
    if (!fine) say(member, what);
  }
  std::string text() && { return std::move(text_); }

 private:
  static std::string show(milliseconds value) { return std::to_string(value.count()) + " ms"; }
  static std::string show(std::size_t value) { return std::to_string(value); }
  static std::string show(double value) {
    std::ostringstream out;
    out << value;
    return out.str();
  }
  void say(char const* member, std::string const& what) {
    if (text_.empty()) text_ = std::string(member) + ": " + what;
  }

  std::string text_;
};

void check_lease(complaint& c, lease_options const& o) {
  c.unless_between<milliseconds>("lease.duration", o.duration, 5s, 1h);
  c.unless_between<milliseconds>("lease.renew_age", o.renew_age, 1ms, o.duration - 1ms);
  c.unless_between<milliseconds>("lease.early_renew_age", o.early_renew_age, 0ms, o.renew_age);
  c.unless_between<milliseconds>("lease.renew_jitter", o.renew_jitter, 0ms, o.renew_age);
  c.unless_between("lease.clock_rate_error", o.clock_rate_error, 0.0, 0.5);
  c.unless_between<milliseconds>("lease.age_granularity", o.age_granularity, 0ms, 1min);
  c.unless_between<milliseconds>("lease.max_wall_clock_skew", o.max_wall_clock_skew, 0ms, 1h);
}

void check_saving(complaint& c, saving_options const& o) {
  c.unless_between<milliseconds>("saving.quiet_period", o.quiet_period, 1ms, 1h);
  c.unless_between<milliseconds>("saving.max_delay", o.max_delay, o.quiet_period, 24h);
  c.unless_between<milliseconds>("saving.jitter", o.jitter, 0ms, o.quiet_period);
}

void check_retry(complaint& c, retry_options const& o) {
  c.unless_between<milliseconds>("retry.attempt_timeout", o.attempt_timeout, 1ms, 10min);
  c.unless_between<milliseconds>("retry.backoff_base", o.backoff_base, 1ms, 1min);
  c.unless_between<milliseconds>("retry.backoff_cap", o.backoff_cap, o.backoff_base, 1h);
  c.unless_between<milliseconds>("retry.upkeep_base", o.upkeep_base, 1ms, 1min);
  c.unless_between<milliseconds>("retry.upkeep_cap", o.upkeep_cap, o.upkeep_base, 1h);
  c.unless_between<milliseconds>("retry.start_deadline", o.start_deadline, 1ms, 1h);
  c.unless_between<milliseconds>("retry.save_deadline", o.save_deadline, 1ms, 1h);
  c.unless_between<milliseconds>("retry.release_deadline", o.release_deadline, 1ms, 1h);
}

}  // namespace

std::string find_problem(store_options const& options) {
  complaint c;
  c.unless(options.server_name.size() <= 64 && is_valid_utf8(options.server_name), "server_name",
           "must be at most 64 bytes of UTF-8");
  check_lease(c, options.lease);
  check_saving(c, options.saving);
  check_retry(c, options.retry);
  c.unless_between<milliseconds>("challenge.window", options.challenge.window, 100ms, 1min);
  c.unless_between<milliseconds>("challenge.max_stall", options.challenge.max_stall, 1ms, 1min);
  c.unless_between<milliseconds>("close.deadline", options.close.deadline, 1ms, 1h);
  c.unless_between<std::size_t>("close.parallel", options.close.parallel, 1, 10'000);
  c.unless_between<std::size_t>("max_record_bytes", options.max_record_bytes, 1024, std::size_t{64} << 20);
  if (auto const problem = find_problem(options.breaker); !problem.empty())
    c.unless(false, "breaker", problem);
  if (options.simulation)
    if (auto const problem = find_problem(*options.simulation); !problem.empty()) c.unless(false, "simulation", problem);
  if (auto const problem = find_problem(options.retry_budget); !problem.empty())
    c.unless(false, "retry_budget", problem);
  if (auto const problem = check_storable(options.defaults))
    c.unless(false, "defaults", "at " + problem->path + ": " + problem->reason);
  return std::move(c).text();
}

}  // namespace chronicle
