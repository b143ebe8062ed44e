#include "capacity/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <ostream>
#include <string>

namespace chronicle::capacity {
namespace {

constexpr std::array colours{"#1b6ca8", "#2a9d8f", "#8ab17d", "#e9a23b", "#d1495b", "#7b2d8e", "#444444"};

struct line {
  std::string name;
  std::function<double(double)> value;  ///< for a number of players
  bool dashed = false;
};

/// One diagram, both axes logarithmic, decades from 10^low to 10^high upwards; players from 10^3 to 10^7.
class panel {
 public:
  panel(std::ostream& out, double left, std::string title, std::string unit, int low, int high)
      : out_(out), left_(left), low_(low), high_(high) {
    out_ << "<text x=\"" << left_ << "\" y=\"28\" font-size=\"16\" font-weight=\"bold\">" << title
         << "</text>\n";
    for (int decade = low_; decade <= high_; ++decade) draw_row(decade);
    for (int decade = 3; decade <= 7; ++decade) draw_column(decade);
    text(left_ + width / 2, top + height + 42, "middle", "players at a time");
    out_ << "<text transform=\"translate(" << left_ - 52 << "," << top + height / 2
         << ") rotate(-90)\" text-anchor=\"middle\">" << unit << "</text>\n";
  }

  void draw(std::vector<line> const& lines) {
    double label_below = -1e9;
    // The names stand at the right, from the top down, kept apart.
    auto sorted = lines;
    std::ranges::sort(sorted, [](line const& a, line const& b) { return a.value(1e7) > b.value(1e7); });
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      std::string const colour = colours[i % colours.size()];
      draw_curve(sorted[i], colour);
      double const y = std::max(y_of(sorted[i].value(1e7)) + 4, label_below + 16);
      label_below = y;
      out_ << "<text x=\"" << left_ + width + 8 << "\" y=\"" << y << "\" fill=\"" << colour << "\">"
           << sorted[i].name << "</text>\n";
    }
  }

 private:
  static constexpr double top = 48, width = 400, height = 380;

  double x_of(double players) const { return left_ + width * (std::log10(players) - 3) / 4; }
  double y_of(double value) const {
    double const power = std::clamp(std::log10(std::max(value, 1e-9)), double(low_), double(high_));
    return top + height * (high_ - power) / (high_ - low_);
  }
  void text(double x, double y, char const* anchor, std::string const& what) {
    out_ << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << "\">" << what
         << "</text>\n";
  }
  void rule(double x1, double y1, double x2, double y2) {
    out_ << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2
         << "\" stroke=\"#dddddd\"/>\n";
  }
  static std::string name_of(int decade) {
    static constexpr std::array small{"0.01", "0.1", "1", "10", "100"};
    if (decade < 3) return small.at(static_cast<std::size_t>(decade + 2));
    std::string const number = decade % 3 == 0 ? "1" : decade % 3 == 1 ? "10" : "100";
    return number + (decade < 6 ? " k" : " M");
  }
  void draw_row(int decade) {
    double const y = y_of(std::pow(10, decade));
    rule(left_, y, left_ + width, y);
    text(left_ - 8, y + 4, "end", name_of(decade));
  }
  void draw_column(int decade) {
    double const x = x_of(std::pow(10, decade));
    rule(x, top, x, top + height);
    text(x, top + height + 20, "middle", name_of(decade));
  }
  void draw_curve(line const& l, std::string const& colour) {
    out_ << "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" << colour << "\""
         << (l.dashed ? " stroke-dasharray=\"7 4\"" : "") << " points=\"";
    for (double power = 3; power <= 7.001; power += 0.125) {
      double const players = std::pow(10, power);
      if (l.value(players) >= std::pow(10, low_))
        out_ << x_of(players) << ',' << y_of(l.value(players)) << ' ';
    }
    out_ << "\"/>\n";
  }

  std::ostream& out_;
  double left_;
  int low_, high_;
};

std::string in_words(seconds s) {
  return s < seconds(120) ? std::to_string(s.count()) + " s" : std::to_string(s.count() / 60) + " min";
}

}  // namespace

void write_svg(std::ostream& out, measurements const& m, assumptions const& a) {
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1290\" height=\"490\" font-family=\"sans-serif\" "
         "font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  std::vector<line> loads;
  for (auto const& s : m.stays)
    loads.push_back({s.between_edits.count() == 0 ? "no edits" : "edit every " + in_words(s.between_edits),
                     [&m, &s, &a](double players) { return steady_load(m, s, a, players); }});
  auto const worst = std::ranges::max_element(m.outages, {}, &outage_cost::peak);
  if (worst != m.outages.end())
    loads.push_back({"busiest second after " + in_words(worst->length) + " outage",
                     [&o = *worst](double players) { return peak_load(o, players); }, true});
  panel(out, 70, "Load on the backend", "requests per second", 1, 7).draw(loads);
  std::vector<line> losses;
  for (auto const& o : m.outages)
    if (o.lost > 0)
      losses.push_back({in_words(o.length) + " outage",
                        [&o, &a](double players) { return sessions_lost(o, a, players); }});
  panel(out, 770, "Sessions taken over in an outage", "sessions lost", 0, 6).draw(losses);
  out << "</svg>\n";
}

}  // namespace chronicle::capacity
