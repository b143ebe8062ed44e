// A process that stands still between any two steps: it never believes in its lease longer than others do.
#include <boost/test/unit_test.hpp>

#include "support/fleet.hpp"
#include "support/stalling_time.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

struct stalled_process_fixture : fleet {
  std::shared_ptr<stalling_time> clocks = std::make_shared<stalling_time>(shared_time());

  store make_stalling_store() {
    store_options o = patient();
    o.time = clocks;
    return make_store(std::move(o));
  }
  // Once nothing gets through any more; the time is that of the other servers.
  bool believes_in_it_when_it_has_run_out(profile const& p) {
    backend->always(fate::reject);
    run_for(stored(p.key())->head.lease.expires_at - clocks->wall_now());
    bool const believes = p.is_active();
    backend->always(fate::pass);
    return believes;
  }
};

constexpr unsigned more_than_a_step_reads = 40;

BOOST_FIXTURE_TEST_SUITE(stalled_process, stalled_process_fixture)

BOOST_AUTO_TEST_CASE(a_lease_is_counted_from_before_it_is_dated_when_it_is_taken) {
  store players = make_stalling_store();
  for (unsigned readings = 1; readings <= more_than_a_step_reads; ++readings) {
    clocks->stall_after(readings, 10s);
    profile const p = open(players, std::to_string(readings));
    BOOST_TEST(!believes_in_it_when_it_has_run_out(p),
               "stalled after reading the clocks " << readings << " times");
  }
}

BOOST_AUTO_TEST_CASE(and_when_it_is_renewed_by_a_save) {
  store players = make_stalling_store();
  for (unsigned readings = 1; readings <= more_than_a_step_reads; ++readings) {
    profile p = open(players, std::to_string(readings));
    p.edit()["Coins"] = readings;
    clocks->stall_after(readings, 10s);
    BOOST_TEST(!save(p).first);
    BOOST_TEST(!believes_in_it_when_it_has_run_out(p),
               "stalled after reading the clocks " << readings << " times");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
