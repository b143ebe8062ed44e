// Waiting for what others work on: who hears it, where, and what cancelling the wait does.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/pending_outcome.hpp"
#include "support/teardown.hpp"
#include "support/tracker_executor.hpp"
#include "unit/base/operation.hpp"

namespace chronicle::test {
namespace {

using text_outcome = pending_outcome<std::string>;

struct outcome_fixture : strand_fixture {
  std::shared_ptr<text_outcome> work = std::make_shared<text_outcome>(executor());
  std::vector<std::string> heard;

  auto listener() {
    return [this](error_code ec, std::string const& text) {
      BOOST_TEST(!initiating());
      heard.push_back(ec ? ec.message() : text);
    };
  }
  template <class Handler>
  void wait(Handler handler) {
    initiation const here;
    launch_wait<std::string>(
        strand, executor(), [this] { return work; }, std::move(handler));
  }
  void settle(std::string text) {
    asio::post(strand, [this, text] { work->settle(outcome<std::string>({}, text)); });
  }
};

BOOST_FIXTURE_TEST_SUITE(pending_outcomes, outcome_fixture)

BOOST_AUTO_TEST_CASE(everybody_hears_it_those_who_come_late_as_well) {
  wait(listener());
  wait(listener());
  run_to_quiescence();
  BOOST_TEST(heard.empty());
  settle("done");
  run_to_quiescence();
  wait(listener());
  asio::post(strand, [this] { wait(listener()); });  // from where it would be at hand
  run_to_quiescence();
  BOOST_TEST(heard == std::vector<std::string>(4, "done"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_handler_is_called_on_its_own_executor) {
  int calls = 0;
  tracker_executor const bound(executor(), 4);
  wait(asio::bind_executor(bound, [&](error_code, std::string const&) {
    ++calls;
    BOOST_TEST(running_on(4));
    BOOST_TEST(!strand.running_in_this_thread());
  }));
  settle("done");
  run_to_quiescence();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(cancelling_ends_one_wait_and_nothing_else) {
  for (auto const type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    asio::cancellation_signal signal;
    wait(asio::bind_cancellation_slot(signal.slot(), listener()));
    wait(listener());
    signal.emit(type);
    run_to_quiescence();
    BOOST_TEST(heard == std::vector<std::string>{make_error_code(errc::cancelled).message()},
               boost::test_tools::per_element());
    settle("done");
    run_to_quiescence();
    signal.emit(type);  // after the fact
    run_to_quiescence();
    BOOST_TEST(heard.size() == 2u);
    BOOST_TEST(heard.back() == "done");
    heard.clear();
    work = std::make_shared<text_outcome>(executor());
  }
}

BOOST_AUTO_TEST_CASE(a_cancellation_that_comes_with_the_outcome_changes_nothing_about_it) {
  asio::cancellation_signal signal;
  wait(asio::bind_cancellation_slot(signal.slot(), listener()));
  run_to_quiescence();
  asio::post(strand, [&] {
    work->settle(outcome<std::string>({}, "done"));
    signal.emit(asio::cancellation_type::terminal);
  });
  run_to_quiescence();
  BOOST_TEST(heard == std::vector<std::string>{"done"}, boost::test_tools::per_element());
}

// The address sanitizer is the judge here.
BOOST_AUTO_TEST_CASE(a_cancellation_may_queue_for_the_strand_behind_the_outcome) {
  asio::cancellation_signal signal;
  wait(asio::bind_cancellation_slot(signal.slot(), listener()));
  asio::post(strand, [this, &signal] {
    asio::post(context(), [this] { asio::post(strand, [] {}); });  // a queue to stand in
    std::exchange(work, nullptr)->settle(outcome<std::string>({}, "done"));
    asio::post(context(), [&signal] { signal.emit(asio::cancellation_type::terminal); });
  });
  run_to_quiescence();
  BOOST_TEST(heard == std::vector<std::string>{"done"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_asking_throws_is_an_error) {
  launch_wait<std::string>(
      strand, executor(), []() -> std::shared_ptr<text_outcome> { throw std::runtime_error("no room"); },
      listener());
  run_to_quiescence();
  BOOST_TEST(heard == std::vector<std::string>{make_error_code(errc::internal_error).message()},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_program_may_stop_anywhere) {
  asio::cancellation_signal signal;  // outlives the contexts that are torn down
  tear_down_at_every_event([&](virtual_context& world) {
    signal.emit(asio::cancellation_type::terminal);  // of the wait that died with the run before
    strand_type const on(world.executor());
    auto const pending = std::make_shared<text_outcome>(world.executor());
    auto const ask = [pending] { return pending; };
    launch_wait<std::string>(on, world.executor(), ask,
                             asio::bind_cancellation_slot(signal.slot(), [](error_code, std::string) {}));
    launch_wait<std::string>(on, world.executor(), ask, [pending](error_code, std::string) {});
    world.time().wait_until(time_point{} + std::chrono::seconds(1), on, [pending](error_code) {
      pending->settle(outcome<std::string>({}, "a text that is too long for the small string optimisation"));
    });
    return std::shared_ptr<void>();
  });
  signal.emit(asio::cancellation_type::terminal);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
