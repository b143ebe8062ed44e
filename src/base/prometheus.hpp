// Writes metrics in Prometheus' text exposition format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "chronicle/metrics.hpp"

namespace chronicle {

struct metric_label {
  std::string_view name;
  std::string_view value;  ///< any UTF-8; escaped when written
};

/// Families one after the other: `family` begins one, `sample` adds to the one begun last. The caller keeps
/// to the rules of the format: a family once, each set of labels once, names of the form
/// [a-zA-Z_:][a-zA-Z0-9_:]*.
class prometheus_writer {
 public:
  enum class kind { counter, gauge, histogram };
  using labels = std::initializer_list<metric_label>;

  /// `name` as conventions have it: a unit as suffix, `_total` for counters.
  void family(std::string_view name, kind what, std::string_view help);

  void sample(labels which, std::unsigned_integral auto value) {
    line("", which, {}, number(std::uint64_t{value}));
  }
  void sample(labels which, double value) { line("", which, {}, number(value)); }
  void sample(labels which, latency_histogram const& histogram);

  /// The text so far.
  std::string take() { return std::move(text_); }

 private:
  static std::string number(std::uint64_t value);
  static std::string number(double value);

  // `le`, if not empty, is one more label.
  void line(std::string_view suffix, labels which, std::string_view le, std::string_view value);

  std::string text_;
  std::string name_;
};

}  // namespace chronicle
