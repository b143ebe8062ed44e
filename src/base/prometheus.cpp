#include "base/prometheus.hpp"

#include <charconv>
#include <cmath>

namespace chronicle {
namespace {

/// Backslashes and line ends; in label values quotes too.
void append_escaped(std::string& text, std::string_view value, bool quotes) {
  for (char const c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || (c == '"' && quotes)) text += '\\';
    text += c;
  }
}

void append_label(std::string& text, metric_label label) {
  text += text.back() == '{' ? "" : ",";
  text += label.name;
  text += "=\"";
  append_escaped(text, label.value, true);
  text += '"';
}

char const* name_of(prometheus_writer::kind what) {
  switch (what) {
    case prometheus_writer::kind::counter: return "counter";
    case prometheus_writer::kind::gauge: return "gauge";
    case prometheus_writer::kind::histogram: return "histogram";
  }
  return "untyped";
}

}  // namespace

void prometheus_writer::family(std::string_view name, kind what, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + ' ';
  append_escaped(text_, help, false);
  text_ += "\n# TYPE " + name_ + ' ' + name_of(what) + '\n';
}

void prometheus_writer::sample(labels which, latency_histogram const& histogram) {
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < histogram.bounds.size(); ++i) {
    up_to += histogram.in_bucket(i);
    line("_bucket", which, histogram.bounds[i].seconds, number(up_to));
  }
  line("_bucket", which, "+Inf", number(histogram.count()));
  line("_sum", which, {}, number(std::chrono::duration<double>(histogram.sum()).count()));
  line("_count", which, {}, number(histogram.count()));
}

std::string prometheus_writer::number(std::uint64_t value) {
  return std::to_string(value);
}

std::string prometheus_writer::number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char digits[32];
  auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return std::string(digits, end);
}

void prometheus_writer::line(std::string_view suffix, labels which, std::string_view le,
                             std::string_view value) {
  text_ += name_;
  text_ += suffix;
  if (which.size() > 0 || !le.empty()) {
    text_ += '{';
    for (metric_label const& label : which) append_label(text_, label);
    if (!le.empty()) append_label(text_, {"le", le});
    text_ += '}';
  }
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

}  // namespace chronicle
