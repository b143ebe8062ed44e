// Messages that are lost or refused, and subscriptions that do not come about.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "chronicle/in_process_bus.hpp"
#include "chronicle/simulation.hpp"
#include "support/virtual_context.hpp"

using namespace chronicle;
using namespace chronicle::test;
using namespace std::chrono_literals;

namespace {

struct ear final : bus_listener {
  void on_message(std::string payload) override { heard.push_back(std::move(payload)); }
  void on_subscribed() override { ++subscribed; }
  void on_interrupted(error_code why) override {
    BOOST_TEST(why == make_error_code(errc::messaging_unavailable));
    ++interrupted;
  }
  std::vector<std::string> heard;
  int subscribed = 0;
  int interrupted = 0;
};

struct bus_fixture : virtual_context {
  std::shared_ptr<ear> listener = std::make_shared<ear>();
  asio::cancellation_signal hang_up;
  std::shared_ptr<message_bus> bus;
  bool ended = false;

  void open(double failure, milliseconds latency = 0ms, std::uint64_t seed = 1) {
    simulation_options o;
    o.messaging_failure = failure;
    o.latency = latency;
    o.seed = seed;
    bus = make_simulated_bus(make_in_process_bus(), o, shared_time());
    asio::co_spawn(executor(), bus->listen("topic", listener),
                   asio::bind_cancellation_slot(hang_up.slot(), [this](std::exception_ptr thrown) {
                     BOOST_TEST(!thrown);
                     ended = true;
                   }));
    run_for(0s);
  }
  error_code publish(std::string payload) {
    error_code const ec = run(bus->publish("topic", std::move(payload)));
    run_for(0s);
    return ec;
  }
  ~bus_fixture() {
    hang_up.emit(asio::cancellation_type::terminal);
    run_until([this] { return ended; });
  }
};

/// What becomes of 200 messages.
std::string play(std::uint64_t seed) {
  bus_fixture f;
  f.open(0.4, 0ms, seed);
  f.run_until([&] { return f.listener->subscribed > 0; });
  std::string log;
  for (int i = 0; i < 200; ++i) {
    std::size_t const before = f.listener->heard.size();
    log += f.publish("x") ? 'r' : f.listener->heard.size() > before ? 'h' : 'l';
  }
  return log;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulated_buses)

BOOST_FIXTURE_TEST_CASE(fair_weather_changes_nothing, bus_fixture) {
  open(0);
  BOOST_TEST(listener->subscribed == 1);
  BOOST_TEST(!publish("hello"));
  BOOST_TEST(listener->heard == std::vector<std::string>{"hello"}, boost::test_tools::per_element());
  BOOST_TEST((time().now() == time_point{}));
}

BOOST_FIXTURE_TEST_CASE(a_dead_bus_hears_and_says_nothing, bus_fixture) {
  open(true);
  int refused = 0;
  for (int i = 0; i < 100; ++i) refused += publish("x") == make_error_code(errc::messaging_unavailable);
  run_for(1min);
  BOOST_TEST(refused > 20);
  BOOST_TEST(refused < 80);
  BOOST_TEST(listener->heard.empty());
  BOOST_TEST(listener->subscribed == 0);
  BOOST_TEST(listener->interrupted == 61);  // once a second
  BOOST_TEST(!ended);
}

BOOST_FIXTURE_TEST_CASE(messages_get_lost_and_refused_half_and_half, bus_fixture) {
  open(0.2);
  run_until([&] { return listener->subscribed > 0; });
  constexpr int trials = 10'000;
  int refused = 0;
  for (int i = 0; i < trials; ++i) refused += bool(publish("x"));
  int const heard = static_cast<int>(listener->heard.size());
  BOOST_TEST(std::abs(heard - 8'000) <= 5 * 40);
  BOOST_TEST(std::abs(refused - 1'000) <= 5 * 30);
}

BOOST_AUTO_TEST_CASE(one_seed_one_run) {
  BOOST_TEST(play(1) == play(1));
  BOOST_TEST(play(1) != play(2));
}

BOOST_FIXTURE_TEST_CASE(publishing_takes_its_latency, bus_fixture) {
  open(0, 70ms);
  BOOST_TEST(!publish("x"));
  BOOST_TEST((time().now() == time_point{70ms}));
}

BOOST_AUTO_TEST_CASE(wrong_options_are_refused) {
  virtual_context f;
  simulation_options o;
  o.messaging_failure = -1;
  BOOST_CHECK_THROW(make_simulated_bus(make_in_process_bus(), o, f.shared_time()), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
