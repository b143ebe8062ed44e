// The capacity model agrees with the options it follows from, on few sessions.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "capacity/plot.hpp"

namespace chronicle::capacity {
namespace {

using namespace std::chrono_literals;

measure_options few(bool jitter) {
  measure_options o;
  o.players = 6;
  o.players_per_server = 3;
  o.jitter = jitter;
  return o;
}

BOOST_AUTO_TEST_SUITE(capacity)

BOOST_AUTO_TEST_CASE(an_idle_session_renews_216_times_in_3_hours) {
  auto const exact = measure_stay(few(false), 0s, 3h);
  BOOST_TEST(exact.renewals == 72.0);
  BOOST_TEST(exact.requests == 72.0);
  BOOST_TEST(exact.saves == 0.0);
  auto const spread = measure_stay(few(true), 0s, 3h);
  BOOST_TEST(spread.renewals == predict_stay(0s, true).renewals, boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(a_start_is_a_read_and_a_write_and_a_release_is_a_write) {
  auto const visit = measure_visit(few(true));
  BOOST_TEST(visit.first_start == 2.0);
  BOOST_TEST(visit.start == 2.0);
  BOOST_TEST(visit.release == 1.0);
}

BOOST_AUTO_TEST_CASE(writes_agree_with_the_formula) {
  for (auto const gap : {5s, 60s}) {
    auto const measured = measure_stay(few(true), gap, gap == 5s ? 1h : 4h);
    auto const expected = predict_stay(gap, true);
    BOOST_TEST(measured.saves == expected.saves, boost::test_tools::tolerance(0.05));
    BOOST_TEST(measured.saves + measured.renewals == expected.saves + expected.renewals,
               boost::test_tools::tolerance(0.05));
    BOOST_TEST(measured.requests == measured.saves + measured.renewals, boost::test_tools::tolerance(0.01));
  }
}

BOOST_AUTO_TEST_CASE(an_outage_lapses_leases_and_is_survived) {
  auto const short_one = measure_outage(few(true), 5s, 0.5);
  BOOST_TEST(short_one.lapsed == 0.0);
  BOOST_TEST(short_one.lost == 0.0);
  auto const long_one = measure_outage(few(true), 120s, 0.5);
  BOOST_TEST(long_one.lapsed == 1.0);
  BOOST_TEST(long_one.during < 3.0);
  BOOST_TEST(long_one.recovered > 0.0);
  BOOST_TEST(long_one.recovered <= 330.0);
}

BOOST_AUTO_TEST_CASE(the_extrapolation_is_linear_and_drawn) {
  measurements m;
  m.visit.start = 2;
  m.visit.release = 1;
  m.stays.push_back(stay_cost());
  m.stays.back().requests = 72;
  m.outages.push_back(outage_cost());
  m.outages.back().length = 60s;
  m.outages.back().peak = 0.5;
  m.outages.back().during = 2;
  m.outages.back().lost = 0.25;
  assumptions const a;
  BOOST_TEST(steady_load(m, m.stays[0], a, 36000) == 780.0, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(peak_load(m.outages[0], 1000) == 500.0);
  BOOST_TEST(load_during(m.outages[0], a, 1000) == 20.0);
  BOOST_TEST(sessions_lost(m.outages[0], a, 1000) == 2.5);
  std::ostringstream picture, tables;
  write_svg(picture, m, a);
  BOOST_TEST(picture.str().starts_with("<svg "));
  BOOST_TEST(picture.str().ends_with("</svg>\n"));
  print_tables(tables, m, a);
  BOOST_TEST(tables.str().find("216666.7") != std::string::npos, tables.str());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::capacity
