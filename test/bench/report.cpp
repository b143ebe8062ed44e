#include "bench/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace chronicle::bench {
namespace {

char const* title_of(std::string const& suite) {
  switch (suite.front()) {
    case 'a': return "(a) async_save against a raw Beast PUT of the same bytes: throughput";
    case 'b': return "(b) canonical hash against serialize + FNV-1a: speed";
    case 'c': return "(c) idle sessions";
    case 'd': return "(d) start + release against GET, PUT, PUT sent raw: throughput";
    default: return "(e) requests for each player-hour, on virtual time";
  }
}

std::string format(char const* form, ...) __attribute__((format(printf, 1, 2)));
std::string format(char const* form, ...) {
  char text[512];
  va_list values;
  va_start(values, form);
  std::vsnprintf(text, sizeof text, form, values);
  va_end(values);
  return text;
}

std::string promise_of(row const& line) {
  if (line.kind == promise::none) return {};
  char const* const sign = line.kind == promise::at_least ? ">=" : "<=";
  return format("%s %.4g %s", sign, line.promised, line.holds() ? "yes" : "NO");
}

constexpr double row_height = 22, left = 330, right = 900, widest = 2.5;

double across(double ratio) {
  return left + (right - left) * std::clamp(ratio, 0.0, widest) / widest;
}

std::string draw_text(double x, double y, std::string const& text, char const* more = "") {
  return format("<text x=\"%.0f\" y=\"%.0f\" %s>%s</text>\n", x, y, more, text.c_str());
}

std::string draw_line(double x1, double y1, double x2, double y2, char const* stroke) {
  return format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, stroke);
}

std::string draw_row(row const& line, double y) {
  char const* const color = line.holds() ? "#2a7" : "#c33";
  std::string out = draw_text(left - 10, y + 4, "(" + line.suite + ") " + line.what, "text-anchor=\"end\"");
  out += draw_line(across(line.ratio.min), y, across(line.ratio.max), y,
                   "stroke=\"#999\" stroke-width=\"3\" stroke-linecap=\"round\"");
  if (line.kind != promise::none) {
    double const x = across(line.promised);
    out += draw_line(x, y - 8, x, y + 8, "stroke=\"#000\" stroke-width=\"2\"");
  }
  out +=
      format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>\n", across(line.ratio.median), y, color);
  return out + draw_text(right + 12, y + 4, format("%.2f", line.ratio.median));
}

}  // namespace

void print_table(std::vector<row> const& report) {
  std::string suite;
  for (row const& line : report) {
    if (line.suite != suite) {
      suite = line.suite;
      std::printf("\n%s\n%-44s %8s %8s %8s  %-12s\n", title_of(suite), "", "min", "median", "max",
                  "promised");
    }
    std::printf("%-44s %8.4g %8.4g %8.4g  %-12s %s%s%s\n", line.what.c_str(), line.ratio.min,
                line.ratio.median, line.ratio.max, promise_of(line).c_str(), line.unit.c_str(),
                line.unit.empty() || line.notes.empty() ? "" : "; ", line.notes.c_str());
  }
}

std::string draw(std::vector<row> const& report) {
  std::vector<row> ratios;
  std::copy_if(report.begin(), report.end(), std::back_inserter(ratios),
               [](row const& line) { return line.unit.empty(); });
  double const bottom = 40 + row_height * static_cast<double>(ratios.size());
  std::string out = format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 %.0f\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
      bottom + 30);
  for (double ratio = 0; ratio <= widest; ratio += 0.5) {
    out += draw_line(across(ratio), 25, across(ratio), bottom - 10, "stroke=\"#ddd\"");
    out += draw_text(across(ratio), bottom + 8, format("%.1f", ratio), "text-anchor=\"middle\"");
  }
  out += draw_line(across(1), 25, across(1), bottom - 10, "stroke=\"#888\" stroke-dasharray=\"4 3\"");
  double y = 40;
  for (row const& line : ratios) {
    out += draw_row(line, y);
    y += row_height;
  }
  out += draw_text(left, 16, "ours / reference: median, smallest and largest of all rounds; black: promised");
  return out + "</svg>\n";
}

}  // namespace chronicle::bench
