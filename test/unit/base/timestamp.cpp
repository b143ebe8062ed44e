#include "base/timestamp.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <utility>

#include "chronicle/random_source.hpp"
#include "support/seed.hpp"

namespace chronicle {
namespace {

wall_time_point at(std::int64_t unix_milliseconds) {
  return wall_time_point{milliseconds{unix_milliseconds}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(timestamp)

// Milliseconds as `date --date=<text> +%s` and three digits say.
BOOST_AUTO_TEST_CASE(known_points_in_time) {
  std::pair<std::int64_t, char const*> const table[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {1769947200000, "2026-02-01T12:00:00.000Z"},
      {951782400001, "2000-02-29T00:00:00.001Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {-62167219200000, "0000-01-01T00:00:00.000Z"},
      {253402300799999, "9999-12-31T23:59:59.999Z"},
  };
  for (auto const& [since_epoch, text] : table) {
    BOOST_TEST(format_timestamp(at(since_epoch)) == text);
    BOOST_TEST((parse_timestamp(text) == at(since_epoch)), text);
  }
}

BOOST_AUTO_TEST_CASE(times_no_text_can_express_are_clamped) {
  BOOST_TEST(format_timestamp(wall_time_point::max()) == "9999-12-31T23:59:59.999Z");
  BOOST_TEST(format_timestamp(wall_time_point::min()) == "0000-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(any_time_survives) {
  test::for_each_seed(1000, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    auto const t = at(static_cast<std::int64_t>(uniform_up_to(*random, 315569519999999)) - 62167219200000);
    BOOST_TEST((parse_timestamp(format_timestamp(t)) == t), format_timestamp(t));
  });
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_time) {
  for (auto text : {"",
                    "2026-02-01",
                    "2026-02-01T12:00:00Z",
                    "2026-02-01T12:00:00.0000Z",
                    "2026-02-01T12:00:00.000",
                    "2026-02-01T12:00:00.000z",
                    "2026-02-01t12:00:00.000Z",
                    "2026-02-01 12:00:00.000Z",
                    "2026-02-01T12:00:00,000Z",
                    "2026-02-01T12:00:00.000+",
                    "2026-13-01T12:00:00.000Z",
                    "2026-00-01T12:00:00.000Z",
                    "2026-02-29T12:00:00.000Z",
                    "2026-02-00T12:00:00.000Z",
                    "2026-04-31T12:00:00.000Z",
                    "2026-02-01T24:00:00.000Z",
                    "2026-02-01T12:60:00.000Z",
                    "2026-02-01T12:00:60.000Z",
                    "+026-02-01T12:00:00.000Z",
                    "2026-02-01T12:00:0 .000Z",
                    "-001-02-01T12:00:00.000Z"}) {
    BOOST_TEST(!parse_timestamp(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle
