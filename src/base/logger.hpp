// Formats log events as key=value lines and hands them to the sink.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "chronicle/log.hpp"

namespace chronicle {

/// One `name=value` of a log line. Values with spaces, quotes, `=`, control characters or bytes that are not
/// UTF-8 are quoted and escaped.
struct log_field {
  std::string_view name;
  std::string value;
};

class logger {
 public:
  logger() = default;
  logger(log_sink sink, log_level threshold) : sink_(std::move(sink)), threshold_(threshold) {}

  bool enabled(log_level level) const noexcept {
    return sink_ && level >= threshold_ && level != log_level::off;
  }

  /// Writes `[ChronicleStore] event=<event> name=value ...`. Never throws.
  void write(log_level level, std::string_view event,
             std::initializer_list<log_field> fields = {}) const noexcept;

 private:
  log_sink sink_;
  log_level threshold_ = log_level::info;
};

/// The line that `logger::write` makes.
std::string format_log_line(std::string_view event, std::initializer_list<log_field> fields);

}  // namespace chronicle
