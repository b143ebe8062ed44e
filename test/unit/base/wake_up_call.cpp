#include "base/wake_up_call.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include "support/teardown.hpp"
#include "support/virtual_context.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

/// Has times at which something is due, and notes when it saw to what.
class sleeper : public std::enable_shared_from_this<sleeper> {
 public:
  explicit sleeper(virtual_context& world)
      : time_(world.shared_time()), call_(*time_, world.executor(), [this] { return see_to_it(); }) {}

  void want(boot_clock::duration at) {
    due_.insert(time_point(at));
    call_.order(time_point(at), *this);
  }
  void forget_all() { due_.clear(); }
  void cancel() { call_.cancel(); }

  std::vector<boot_clock::duration> calls;  // each of them
  std::vector<boot_clock::duration> done;   // what was due, and when
  std::function<void()> on_call = [] {};

 private:
  std::optional<time_point> see_to_it() {
    calls.push_back(time_->now().time_since_epoch());
    on_call();
    while (!due_.empty() && *due_.begin() <= time_->now()) {
      done.push_back(time_->now().time_since_epoch());
      due_.erase(due_.begin());
    }
    if (due_.empty()) return std::nullopt;
    return *due_.begin();
  }

  std::shared_ptr<virtual_time> time_;
  std::multiset<time_point> due_;
  wake_up_call call_;
};

using times = std::vector<boot_clock::duration>;

struct wake_up_fixture : virtual_context {
  std::shared_ptr<sleeper> const one = std::make_shared<sleeper>(*this);
};

BOOST_FIXTURE_TEST_SUITE(wake_up_calls, wake_up_fixture)

BOOST_AUTO_TEST_CASE(everything_is_done_when_it_is_due_whatever_the_order_it_was_wanted_in) {
  one->want(3s);
  run_for(500ms);
  one->want(1s);
  one->want(2s);
  one->want(3s);
  run_to_quiescence();
  BOOST_TEST((one->done == times{1s, 2s, 3s, 3s}));
  one->want(1s);  // in the past
  one->want(7s);
  run_to_quiescence();
  BOOST_TEST((one->done == times{1s, 2s, 3s, 3s, 3s, 7s}));
}

BOOST_AUTO_TEST_CASE(a_later_order_costs_no_call_and_one_for_nothing_is_made_all_the_same) {
  one->want(1s);
  one->forget_all();
  one->want(5s);
  run_to_quiescence();
  BOOST_TEST((one->calls == times{1s, 5s}));
  BOOST_TEST((one->done == times{5s}));
}

BOOST_AUTO_TEST_CASE(what_is_wanted_during_a_call_is_not_missed) {
  one->on_call = [this] {
    if (one->calls.size() == 1) one->want(2s);
  };
  one->want(1s);
  one->want(9s);
  run_to_quiescence();
  BOOST_TEST((one->done == times{1s, 2s, 9s}));
}

BOOST_AUTO_TEST_CASE(nothing_waits_after_a_cancellation_until_there_is_an_order) {
  one->want(1h);
  run_for(1s);
  one->cancel();
  run_for(1ms);
  BOOST_TEST(time().pending_waits() == 0u);
  BOOST_TEST(one.use_count() == 1);
  one->want(2s);
  run_for(5s);
  BOOST_TEST((one->done == times{2s}));
  one->cancel();
  one->want(8s);  // before the cancellation was noticed
  run_for(5s);
  BOOST_TEST((one->done == times{2s, 8s}));
  one->cancel();
}

BOOST_AUTO_TEST_CASE(a_duty_that_throws_is_called_again_by_the_next_order) {
  one->on_call = [this] {
    if (one->calls.size() == 1) throw std::runtime_error("broken");
  };
  one->want(1s);
  run_to_quiescence();
  BOOST_TEST(one->done.empty());
  one->want(2s);
  run_to_quiescence();
  BOOST_TEST((one->done == times{2s, 2s}));
}

BOOST_AUTO_TEST_CASE(it_stays_while_a_call_is_ordered_and_may_go_with_its_program) {
  tear_down_at_every_event([](virtual_context& world) {
    auto const mine = std::make_shared<sleeper>(world);
    mine->want(1s);
    mine->want(2s);
    return std::shared_ptr<void>();
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
