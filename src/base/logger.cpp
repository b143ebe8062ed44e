#include "base/logger.hpp"

#include <algorithm>
#include <cstdio>
#include <mutex>

#include "base/quoted.hpp"
#include "base/utf8.hpp"

namespace chronicle {
namespace {

bool needs_quotes(std::string_view value) {
  auto const forces_quotes = [](char c) {
    auto const byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7f || c == '"' || c == '=' || c == '\\';
  };
  return value.empty() || !is_valid_utf8(value) || std::any_of(value.begin(), value.end(), forces_quotes);
}

void append_value(std::string& line, std::string_view value) {
  if (needs_quotes(value)) {
    append_quoted(line, value);
  } else {
    line += value;
  }
}

}  // namespace

char const* to_string(log_level level) noexcept {
  switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warning: return "warning";
    case log_level::error: return "error";
    case log_level::off: return "off";
  }
  return "unknown";
}

std::string format_log_line(std::string_view event, std::initializer_list<log_field> fields) {
  std::string line = "[ChronicleStore] event=";
  append_value(line, event);
  for (auto const& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    append_value(line, field.value);
  }
  return line;
}

void logger::write(log_level level, std::string_view event,
                   std::initializer_list<log_field> fields) const noexcept {
  if (!enabled(level)) return;
  try {
    sink_(level, format_log_line(event, fields));
  } catch (...) {
    // A sink that throws must not break a session.
  }
}

log_sink stderr_log_sink() {
  return [](log_level level, std::string_view line) {
    static std::mutex one_line_at_a_time;
    std::lock_guard const lock(one_line_at_a_time);
    std::fprintf(stderr, "%s %.*s\n", to_string(level), static_cast<int>(line.size()), line.data());
  };
}

}  // namespace chronicle
