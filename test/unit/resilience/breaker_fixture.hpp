// A circuit breaker and the time it is told.
#pragma once

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>

#include "chronicle/circuit_breaker.hpp"

namespace chronicle::test {

using namespace std::chrono_literals;

struct breaker_fixture {
  breaker_fixture() = default;
  explicit breaker_fixture(circuit_breaker_options const& options) : breaker(options) {}

  circuit_breaker breaker;
  time_point now{5h};

  circuit_admission ask(circuit_lane lane = circuit_lane::ordinary) { return breaker.try_acquire(now, lane); }
  circuit_permit take(circuit_lane lane = circuit_lane::ordinary) {
    auto const admission = ask(lane);
    BOOST_REQUIRE(admission.permit);
    return *admission.permit;
  }
  bool refused(circuit_lane lane = circuit_lane::ordinary) { return !ask(lane); }

  /// One call after the other; the event of the last.
  std::optional<circuit_event> fail(int calls = 1) {
    std::optional<circuit_event> event;
    for (int i = 0; i < calls; ++i) event = breaker.on_failure(take(), now);
    return event;
  }
  std::optional<circuit_event> succeed(int calls = 1) {
    std::optional<circuit_event> event;
    for (int i = 0; i < calls; ++i) event = breaker.on_success(take(), now);
    return event;
  }

  void pass(boot_clock::duration time) { now += time; }
  circuit_state state() const { return breaker.state(now); }
  circuit_stats stats() const { return breaker.stats(now); }

  /// Opens the circuit, for the first 30 s.
  void open() {
    fail(5);
    BOOST_REQUIRE(state() == circuit_state::open);
  }
  /// Opens the circuit, lets its time pass and takes the probe.
  circuit_permit open_and_probe() {
    open();
    pass(30s);
    return take();
  }
  /// Lets the time open pass and fails the probe.
  std::optional<circuit_event> fail_next_probe() {
    now = *stats().open_until;
    return breaker.on_failure(take(), now);
  }
};

}  // namespace chronicle::test

BOOST_TEST_DONT_PRINT_LOG_VALUE(chronicle::circuit_state)
BOOST_TEST_DONT_PRINT_LOG_VALUE(chronicle::circuit_open_reason)
BOOST_TEST_DONT_PRINT_LOG_VALUE(chronicle::circuit_verdict)
