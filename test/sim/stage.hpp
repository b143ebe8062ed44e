// What all parts of one simulated world share: its time, its chances, its weather, and the record of what
// happened and what must not have happened.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "chronicle/virtual_time.hpp"
#include "sim/chance.hpp"
#include "sim/economy.hpp"
#include "sim/event_log.hpp"
#include "sim/scenario.hpp"

namespace chronicle::sim {

/// A promise that was broken.
struct breach {
  std::string rule;  ///< "S5", "L6" ...
  std::string what;
};

struct stage {
  stage(scenario p, bool print)
      : plan(std::move(p)), time(std::make_shared<virtual_time>()), sky(plan), log(print) {}

  scenario plan;
  std::shared_ptr<virtual_time> time;
  asio::io_context context;  ///< the world's own events; each server has its own
  weather sky;
  event_log log;
  economy coins;
  std::optional<breach> first_breach;

  time_point now() const { return time->now(); }

  /// Calls `action` at `when`, as an event of the world.
  template <class Action>
  void at(time_point when, Action action) {
    time->wait_until(when, context.get_executor(),
                     [action = std::move(action)](error_code) mutable { action(); });
  }
  template <class Action>
  void after(boot_clock::duration how_long, Action action) {
    at(now() + how_long, std::move(action));
  }

  void note(std::string_view line) { log.write(now(), line); }
  void breaks(char const* rule, std::string what) {
    note("BREACH " + std::string(rule) + ": " + what);
    if (!first_breach) first_breach = breach{rule, std::move(what)};
  }
  /// Reports a breach unless `kept`.
  void demand(bool kept, char const* rule, std::string const& what) {
    if (!kept) breaks(rule, what);
  }
};

}  // namespace chronicle::sim
