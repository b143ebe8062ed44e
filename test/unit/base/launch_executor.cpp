// Where a handler runs, what counts as work meanwhile, and what an exception becomes.
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "support/tracker_executor.hpp"
#include "unit/base/operation.hpp"

namespace chronicle::test {
namespace {

asio::awaitable<result<int>> at_once(int value) {
  co_return value;
}

BOOST_FIXTURE_TEST_SUITE(launch_executor, strand_fixture)

BOOST_AUTO_TEST_CASE(a_handler_without_an_executor_runs_on_the_inner_one_and_not_on_the_strand) {
  int calls = 0;
  auto const handler = [&](error_code, int) {
    ++calls;
    BOOST_TEST(context().get_executor().running_in_this_thread());
    BOOST_TEST(!strand.running_in_this_thread());
  };
  async_start(at_once(7), handler);
  asio::post(context(), [&] { async_start(at_once(7), handler); });
  asio::post(strand, [&] { async_start(at_once(7), handler); });
  run_to_quiescence();
  BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(no_handler_runs_inside_the_initiating_function) {
  int calls = 0;
  auto const start_on = [&](asio::any_io_executor const& executor) {
    auto const handler = [&](error_code, int) {
      ++calls;
      BOOST_TEST(!initiating());
    };
    initiation const here;
    async_start(at_once(7), handler);
    async_start(at_once(7), asio::bind_executor(executor, handler));
    async_start(at_once(7), asio::bind_executor(asio::system_executor(), handler));
  };
  start_on(executor());                                  // from outside
  asio::post(context(), [&] { start_on(executor()); });  // from where the handler runs
  asio::post(strand, [&] { start_on(strand); });         // and from where the coroutine runs
  run_to_quiescence();
  BOOST_TEST(calls == 9);
}

BOOST_AUTO_TEST_CASE(a_bound_executor_is_honoured) {
  int calls = 0;
  tracker_executor const bound(executor(), 4);
  async_start(after_a_second(7), asio::bind_executor(bound, [&](error_code, int) {
                ++calls;
                BOOST_TEST(running_on(4));
                BOOST_TEST(!strand.running_in_this_thread());
              }));
  run_to_quiescence();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(also_when_the_operation_fails_or_is_cancelled) {
  int calls = 0;
  tracker_executor const bound(executor(), 4);
  asio::cancellation_signal signal;
  auto const handler = [&](error_code ec, int) {
    ++calls;
    BOOST_TEST((ec == asio::error::operation_aborted));
    BOOST_TEST(running_on(4));
  };
  async_start(after_a_second(7),
              asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(bound, handler)));
  run_for(std::chrono::milliseconds(1));
  signal.emit(asio::cancellation_type::terminal);
  run_to_quiescence();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(the_strand_itself_may_be_asked_for) {
  bool on_strand = false;
  async_start(after_a_second(7), asio::bind_executor(strand, [&](error_code, int) {
                on_strand = strand.running_in_this_thread();
              }));
  run_to_quiescence();
  BOOST_TEST(on_strand);
}

BOOST_AUTO_TEST_CASE(a_callers_strand_keeps_its_order) {
  strand_type const callers(executor());
  std::vector<int> order;
  asio::post(callers, [&] {
    for (int i = 0; i < 10; ++i)
      async_start(at_once(i), asio::bind_executor(callers, [&](error_code, int value) {
                    BOOST_TEST(callers.running_in_this_thread());
                    order.push_back(value);
                  }));
  });
  run_to_quiescence();
  auto const expected = std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  BOOST_TEST(order == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_awaiting_coroutine_goes_on_where_it_was) {
  strand_type const callers(executor());
  auto const caller = [](strand_fixture& f, auto on) -> asio::awaitable<bool> {
    auto operation = f.async_start(f.after_a_second(7), asio::use_awaitable);
    co_await std::move(operation);
    co_return on.running_in_this_thread() && !f.strand.running_in_this_thread();
  };
  BOOST_TEST(run_on(callers, caller(*this, callers)));
}

BOOST_AUTO_TEST_CASE(the_coroutine_runs_on_the_strand) {
  auto const coroutine = [](strand_type expected) -> asio::awaitable<result<int>> {
    co_return expected.running_in_this_thread() ? 1 : 0;
  };
  int got = 0;
  async_start(coroutine(strand), [&](error_code, int value) { got = value; });
  run_to_quiescence();
  BOOST_TEST(got == 1);
}

/// Whether nothing holds `context.run()` back.
bool out_of_work(asio::io_context& context) {
  context.restart();
  context.poll();
  return context.stopped();
}

BOOST_AUTO_TEST_CASE(work_counts_on_the_handlers_executor_until_the_handler_ran) {
  asio::io_context callers;
  bool called = false;
  BOOST_TEST(out_of_work(callers));
  async_start(after_a_second(7), asio::bind_executor(callers, [&](error_code, int) { called = true; }));
  BOOST_TEST(!out_of_work(callers));
  run_for(std::chrono::milliseconds(500));
  BOOST_TEST(!out_of_work(callers));
  run_to_quiescence();
  BOOST_TEST(!called);
  callers.restart();
  callers.run();  // returns by itself, after the handler
  BOOST_TEST(called);
  BOOST_TEST(out_of_work(callers));
  BOOST_TEST(out_of_work(context()));
}

BOOST_AUTO_TEST_CASE(work_counts_on_the_strands_context_while_the_coroutine_lives) {
  bool called = false;
  async_start(after_a_second(7), [&](error_code, int) { called = true; });
  BOOST_TEST(!out_of_work(context()));  // although the virtual clock's waits are not work
  time().run_to_quiescence(context());
  BOOST_TEST(called);
  BOOST_TEST(out_of_work(context()));
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_that_is_never_started_is_no_work) {
  { auto const dropped = async_start(after_a_second(7)); }
  BOOST_TEST(out_of_work(context()));
}

/// What `throws` becomes, and the log lines it left.
template <class Exception>
std::pair<error_code, std::vector<std::string>> outcome_of(strand_fixture& f, Exception exception) {
  auto const coroutine = [](Exception e) -> asio::awaitable<result<int>> {
    throw e;
    co_return 1;
  };
  std::vector<std::string> lines;
  auto const log = std::make_shared<logger const>(
      [&](log_level, std::string_view line) { lines.emplace_back(line); }, log_level::error);
  error_code got;
  int value = -1;
  asio::any_completion_handler<void(error_code, int)> handler = [&](error_code ec, int v) {
    got = ec;
    value = v;
  };
  launch(f.strand, f.executor(), coroutine(std::move(exception)), std::move(handler), obey_every_cancellation,
         log);
  f.run_to_quiescence();
  BOOST_TEST(value == 0);
  return {got, lines};
}

BOOST_AUTO_TEST_CASE(an_error_thrown_is_an_error_code) {
  auto const [ec, lines] = outcome_of(*this, boost::system::system_error(make_error_code(errc::lease_held)));
  BOOST_TEST((ec == errc::lease_held));
  BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_CASE(so_is_one_of_the_standard_library) {
  auto const [ec, lines] = outcome_of(*this, std::system_error(std::make_error_code(std::errc::io_error)));
  BOOST_TEST((ec == boost::system::errc::io_error));
  BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_CASE(any_other_exception_is_an_internal_error_and_its_text_is_logged) {
  auto const [ec, lines] = outcome_of(*this, std::logic_error("two plus two"));
  BOOST_TEST((ec == errc::internal_error));
  BOOST_TEST(lines.size() == 1U);
  BOOST_TEST(lines.at(0) == "[ChronicleStore] event=unexpected_exception what=\"two plus two\"");
}

BOOST_AUTO_TEST_CASE(even_one_that_is_no_exception_at_all) {
  auto const [ec, lines] = outcome_of(*this, 42);
  BOOST_TEST((ec == errc::internal_error));
  BOOST_TEST(lines.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_exception_without_a_log) {
  auto const coroutine = []() -> asio::awaitable<result<int>> {
    throw std::logic_error("nobody hears it");
    co_return 1;
  };
  error_code got;
  async_start(coroutine(), [&](error_code ec, int) { got = ec; });
  run_to_quiescence();
  BOOST_TEST((got == errc::internal_error));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
