// What all parts of one simulated world share: its time, its chances, its weather, and the record of what
// happened and what must not have happened.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/agenda.hpp"
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
      : plan(std::move(p)), time(std::make_shared<agenda>()), sky(plan), log(print) {}

  scenario plan;
  std::shared_ptr<agenda> time;
  weather sky;
  event_log log;
  economy coins;
  std::optional<breach> first_breach;
  std::vector<asio::execution_context const*> roused;  ///< loops on which something may be ready

  time_point now() const { return time->now(); }

  /// Something became ready on the event loop behind `executor`.
  void rouse(asio::any_io_executor const& executor) {
    roused.push_back(&asio::query(executor, asio::execution::context));
  }

  /// Calls `action` at `when`, as an event of the world.
  void at(time_point when, std::function<void()> action) { time->at(when, std::move(action)); }
  void after(boot_clock::duration how_long, std::function<void()> action) {
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
