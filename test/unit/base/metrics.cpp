// Histograms and the Prometheus rendering of a store's metrics.
#include "chronicle/metrics.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include "base/prometheus.hpp"

using namespace chronicle;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool has_line(std::string const& text, std::string const& line) {
  return ('\n' + text).find('\n' + line + '\n') != std::string::npos;
}

/// What a scraper insists on: every family has HELP and TYPE, once and together, before its samples; samples
/// belong to the family above them; no sample twice; the text ends with a line end.
void check_format(std::string const& text) {
  BOOST_REQUIRE(text.ends_with('\n'));
  std::regex const help("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .+");
  std::regex const type("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)");
  std::regex const sample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*")*\})? (NaN|[+-]Inf|[-+.e0-9]+))re");
  std::set<std::string> families;
  std::set<std::string> samples;
  std::string helped;
  std::string family;
  std::string kind;
  for (std::string const& line : lines_of(text)) {
    std::smatch m;
    if (std::regex_match(line, m, help)) {
      helped = m[1];
      BOOST_TEST(families.insert(helped).second, "a family twice: " << helped);
    } else if (std::regex_match(line, m, type)) {
      family = m[1];
      kind = m[2];
      BOOST_TEST(family == helped);
      BOOST_TEST((kind == "counter") == family.ends_with("_total"), family);
    } else {
      BOOST_REQUIRE_MESSAGE(std::regex_match(line, m, sample), "not a sample: " << line);
      std::string const name = m[1];
      bool const belongs = kind == "histogram" ? name == family + "_bucket" || name == family + "_sum" ||
                                                     name == family + "_count"
                                               : name == family;
      BOOST_TEST(belongs, line);
      BOOST_TEST(samples.insert(name + m[2].str()).second, "a sample twice: " << line);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_histogram)

BOOST_AUTO_TEST_CASE(bounds_ascend_and_are_written_as_they_are) {
  for (std::size_t i = 0; i < latency_histogram::bounds.size(); ++i) {
    auto const& bound = latency_histogram::bounds[i];
    BOOST_TEST(std::stod(std::string(bound.seconds)) * 1e6 == static_cast<double>(bound.upper.count()));
    if (i > 0) BOOST_TEST((bound.upper > latency_histogram::bounds[i - 1].upper));
  }
}

BOOST_AUTO_TEST_CASE(a_bound_belongs_to_its_bucket) {
  for (std::size_t i = 0; i < latency_histogram::bounds.size(); ++i) {
    latency_histogram h;
    h.record(latency_histogram::bounds[i].upper);
    h.record(latency_histogram::bounds[i].upper + 1ns);
    BOOST_TEST(h.in_bucket(i) == 1u);
    BOOST_TEST(h.in_bucket(i + 1) == 1u);
  }
}

BOOST_AUTO_TEST_CASE(counts_and_adds_up) {
  latency_histogram h;
  h.record(0ns);
  h.record(3ms);
  h.record(2h);
  BOOST_TEST(h.count() == 3u);
  BOOST_TEST((h.sum() == 2h + 3ms));
  BOOST_TEST(h.in_bucket(latency_histogram::bounds.size()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_negative_duration_counts_as_zero) {
  latency_histogram h;
  h.record(-5s);
  BOOST_TEST(h.in_bucket(0) == 1u);
  BOOST_TEST(h.sum().count() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(metrics_prometheus)

BOOST_AUTO_TEST_CASE(a_counter) {
  prometheus_writer out;
  out.family("http_requests_total", prometheus_writer::kind::counter, "Requests answered.");
  out.sample({{"method", "get"}, {"code", "200"}}, 1027u);
  out.sample({}, std::numeric_limits<std::uint64_t>::max());
  BOOST_TEST(out.take() ==
             "# HELP http_requests_total Requests answered.\n"
             "# TYPE http_requests_total counter\n"
             "http_requests_total{method=\"get\",code=\"200\"} 1027\n"
             "http_requests_total 18446744073709551615\n");
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none) {
  prometheus_writer out;
  out.family("g", prometheus_writer::kind::gauge, "x");
  for (double const value : {0.1, 1e300, -0.5, std::nan(""), HUGE_VAL, -HUGE_VAL}) out.sample({}, value);
  BOOST_TEST(out.take() == "# HELP g x\n# TYPE g gauge\ng 0.1\ng 1e+300\ng -0.5\ng NaN\ng +Inf\ng -Inf\n");
}

BOOST_AUTO_TEST_CASE(special_characters_are_escaped) {
  prometheus_writer out;
  out.family("g", prometheus_writer::kind::gauge, "a \\ b\nc \"d\"");
  out.sample({{"l", "a \\ b\nc \"d\""}}, 1u);
  BOOST_TEST(out.take() ==
             "# HELP g a \\\\ b\\nc \"d\"\n# TYPE g gauge\ng{l=\"a \\\\ b\\nc \\\"d\\\"\"} 1\n");
}

BOOST_AUTO_TEST_CASE(a_histogram_is_cumulative) {
  latency_histogram h;
  h.record(1ms);
  h.record(2ms);
  h.record(250ms);
  h.record(10min);
  prometheus_writer out;
  out.family("d_seconds", prometheus_writer::kind::histogram, "x");
  out.sample({{"op", "get"}}, h);
  std::string const text = out.take();
  check_format(text);
  BOOST_TEST(has_line(text, "d_seconds_bucket{op=\"get\",le=\"0.0005\"} 0"));
  BOOST_TEST(has_line(text, "d_seconds_bucket{op=\"get\",le=\"0.001\"} 1"));
  BOOST_TEST(has_line(text, "d_seconds_bucket{op=\"get\",le=\"0.0025\"} 2"));
  BOOST_TEST(has_line(text, "d_seconds_bucket{op=\"get\",le=\"0.25\"} 3"));
  BOOST_TEST(has_line(text, "d_seconds_bucket{op=\"get\",le=\"60\"} 3"));
  BOOST_TEST(has_line(text, "d_seconds_bucket{op=\"get\",le=\"+Inf\"} 4"));
  BOOST_TEST(has_line(text, "d_seconds_sum{op=\"get\"} 600.253"));
  BOOST_TEST(has_line(text, "d_seconds_count{op=\"get\"} 4"));
}

BOOST_AUTO_TEST_CASE(a_store_is_rendered_whole) {
  store_metrics m;
  m.store = "PlayerData";
  m.starts.loaded = 12;
  m.saves.lost_but_saved = 3;
  m.sessions.lapsed = 2;
  m.circuit = circuit_state::half_open;
  m.save_duration.record(4ms);
  m.backend.history.record(4ms);
  std::string const text = render_prometheus(m);
  check_format(text);
  BOOST_TEST(has_line(text, "chronicle_starts_total{store=\"PlayerData\",outcome=\"loaded\"} 12"));
  BOOST_TEST(has_line(text, "chronicle_saves_total{store=\"PlayerData\",outcome=\"lost_but_saved\"} 3"));
  BOOST_TEST(has_line(text, "chronicle_sessions{store=\"PlayerData\",state=\"lapsed\"} 2"));
  BOOST_TEST(has_line(text, "chronicle_circuit_state{store=\"PlayerData\",state=\"closed\"} 0"));
  BOOST_TEST(has_line(text, "chronicle_circuit_state{store=\"PlayerData\",state=\"half_open\"} 1"));
  BOOST_TEST(has_line(
      text,
      "chronicle_operation_duration_seconds_bucket{store=\"PlayerData\",operation=\"save\",le=\"0.005\"} 1"));
  BOOST_TEST(has_line(
      text,
      "chronicle_backend_request_duration_seconds_count{store=\"PlayerData\",operation=\"history\"} 1"));
}

BOOST_AUTO_TEST_CASE(every_number_of_a_store_is_rendered_once) {
  std::uint64_t last = 0;
  auto const n = [&] { return ++last; };
  store_metrics m;
  m.starts = {n(), n(), n(), n(), n(), n()};
  m.saves = {n(), n(), n(), n(), n()};
  m.releases = {n(), n(), n(), n(), n()};
  m.renewals = {n(), n(), n(), n(), n()};
  m.lease_conflicts = {n(), n(), n()};
  m.sessions_lost = {n(), n(), n()};
  for (auto* number : {&m.corrupted_records, &m.challenges_sent, &m.challenges_answered, &m.hook_exceptions,
                       &m.dirty_sessions, &m.backend.failures, &m.backend.retries, &m.backend.retries_denied,
                       &m.backend.circuit_rejections, &m.backend.bytes_read, &m.backend.bytes_written})
    *number = n();
  m.circuit_changes = {n(), n(), n()};
  m.sessions = {n(), n(), n(), n()};
  // A number added to the struct has to be added here and to the rendering.
  constexpr std::size_t others = sizeof(std::string) + 7 * sizeof(latency_histogram) + sizeof(std::uint64_t);
  BOOST_TEST(last == (sizeof(store_metrics) - others) / sizeof(std::uint64_t));

  std::multiset<std::string> rendered;
  for (std::string const& line : lines_of(render_prometheus(m))) {
    if (line[0] == '#' || line.find("_seconds_") != std::string::npos) continue;
    if (line.starts_with("chronicle_circuit_state")) continue;
    rendered.insert(line.substr(line.rfind(' ') + 1));
  }
  BOOST_TEST(rendered.size() == last);
  for (std::uint64_t i = 1; i <= last; ++i) BOOST_TEST(rendered.count(std::to_string(i)) == 1u, i);
}

BOOST_AUTO_TEST_CASE(stores_share_families) {
  std::vector<store_metrics> stores(2);
  stores[0].store = "a";
  stores[1].store = "say \"b\"";
  std::string const text = render_prometheus(stores);
  check_format(text);
  BOOST_TEST(has_line(text, "chronicle_dirty_sessions{store=\"a\"} 0"));
  BOOST_TEST(has_line(text, "chronicle_dirty_sessions{store=\"say \\\"b\\\"\"} 0"));
}

BOOST_AUTO_TEST_CASE(no_store_no_samples) {
  check_format(render_prometheus(std::span<store_metrics const>()));
}

BOOST_AUTO_TEST_SUITE_END()
