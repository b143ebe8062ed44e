#include "base/logger.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace chronicle::test {
namespace {

BOOST_AUTO_TEST_SUITE(logger_suite)

BOOST_AUTO_TEST_CASE(a_line_is_an_event_and_its_fields) {
  BOOST_TEST(format_log_line("lease_renewed", {}) == "[ChronicleStore] event=lease_renewed");
  BOOST_TEST(format_log_line("saved", {{"key", "Player_1"}, {"commit", "42"}}) ==
             "[ChronicleStore] event=saved key=Player_1 commit=42");
}

BOOST_AUTO_TEST_CASE(values_are_quoted_when_they_have_to_be) {
  auto const value = [](std::string v) {
    std::string const line = format_log_line("e", {{"v", std::move(v)}});
    return line.substr(line.find(" v=") + 3);
  };
  BOOST_TEST(value("plain/value:1.5") == "plain/value:1.5");
  BOOST_TEST(value("") == R"("")");
  BOOST_TEST(value("two words") == R"("two words")");
  BOOST_TEST(value("a=b") == R"("a=b")");
  BOOST_TEST(value(R"(say "hi")") == R"("say \"hi\"")");
  BOOST_TEST(value(R"(back\slash)") == R"("back\\slash")");
  BOOST_TEST(value("line\nbreak\r\t") == R"("line\x0abreak\x0d\x09")");
  BOOST_TEST(value(std::string("nul\0", 4)) == R"("nul\x00")");
  BOOST_TEST(value("\x7f\x1b[31m") == R"("\x7f\x1b[31m")");
  BOOST_TEST(value("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
}

BOOST_AUTO_TEST_CASE(nobody_can_forge_a_line) {
  std::string const line =
      format_log_line("e\n[ChronicleStore] event=f", {{"key", "x\n[ChronicleStore] event=g"}});
  BOOST_TEST(line.find('\n') == std::string::npos);
  BOOST_TEST(line.find("event=f") == line.rfind("event=f"));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_escaped) {
  BOOST_TEST(format_log_line("e", {{"v", "bad \xff\x9b"}}) == R"([ChronicleStore] event=e v="bad \xff\x9b")");
  BOOST_TEST(format_log_line("e", {{"v", "\xc3"}}) == R"([ChronicleStore] event=e v="\xc3")");
}

constexpr log_level levels[] = {log_level::debug, log_level::info, log_level::warning, log_level::error};

BOOST_AUTO_TEST_CASE(only_lines_at_the_threshold_or_louder_are_written) {
  for (auto const threshold : levels) {
    std::vector<log_level> written;
    logger const log([&](log_level level, std::string_view) { written.push_back(level); }, threshold);
    for (auto const level : levels) log.write(level, "event");
    BOOST_TEST(written.size() ==
               static_cast<std::size_t>(log_level::off) - static_cast<std::size_t>(threshold));
    for (auto const level : written) BOOST_TEST((level >= threshold));
  }
}

BOOST_AUTO_TEST_CASE(off_silences_everything) {
  int lines = 0;
  logger const log([&](log_level, std::string_view) { ++lines; }, log_level::off);
  for (auto const level : levels) log.write(level, "event");
  logger const loud([&](log_level, std::string_view) { ++lines; }, log_level::debug);
  loud.write(log_level::off, "event");
  BOOST_TEST(lines == 0);
}

BOOST_AUTO_TEST_CASE(without_a_sink_nothing_happens) {
  logger const none;
  BOOST_TEST(!none.enabled(log_level::error));
  none.write(log_level::error, "event");
  logger const empty(log_sink{}, log_level::debug);
  empty.write(log_level::error, "event");
}

BOOST_AUTO_TEST_CASE(a_sink_that_throws_is_survived) {
  int calls = 0;
  logger const log(
      [&](log_level, std::string_view) {
        ++calls;
        throw std::runtime_error("disk full");
      },
      log_level::info);
  log.write(log_level::error, "event");
  log.write(log_level::error, "event");
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(levels_have_names) {
  BOOST_TEST(to_string(log_level::debug) == std::string("debug"));
  BOOST_TEST(to_string(log_level::warning) == std::string("warning"));
  BOOST_TEST(to_string(static_cast<log_level>(99)) == std::string("unknown"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
