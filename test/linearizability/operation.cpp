#include "linearizability/operation.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace chronicle::linearizability {
namespace {

std::string describe(sighting const& s) {
  switch (s.what) {
    case sighting::kind::never: return "nothing";
    case sighting::kind::erased: return "a tombstone, revision " + std::to_string(s.revision);
    case sighting::kind::live: break;
  }
  std::string const value = s.value ? "v" + std::to_string(*s.value) : std::string("no change");
  return value + ", revision " + std::to_string(s.revision);
}

std::string describe_request(operation const& o) {
  if (o.what == verb::read) return "get";
  std::string text = o.what == verb::put ? "put v" + std::to_string(o.value) : std::string("erase");
  text += o.expected ? " at " + std::to_string(*o.expected) : std::string(" where nothing is");
  if (o.write_id != 0) text += ", id " + std::to_string(o.write_id);
  return text;
}

std::string describe_answer(operation const& o) {
  switch (o.came) {
    case outcome::unknown: return "no answer";
    case outcome::none: return "not carried out";
    case outcome::seen: return describe(o.found);
    case outcome::applied: return "applied as " + std::to_string(o.made);
    case outcome::refused: return "refused: " + describe(o.found);
  }
  return {};
}

std::string in_milliseconds(moment const& m) {
  if (m.at == time_point{} && m.order == never_returned) return "...";
  std::ostringstream text;
  text << std::fixed << std::setprecision(3)
       << std::chrono::duration<double, std::milli>(m.at.time_since_epoch()).count();
  return text.str();
}

}  // namespace

std::ostream& operator<<(std::ostream& out, operation const& o) {
  return out << std::setw(12) << in_milliseconds(o.called) << " - " << std::setw(12) << std::left
             << in_milliseconds(o.returned) << std::right << " client " << std::setw(2) << o.client << "  "
             << describe_request(o) << " -> " << describe_answer(o);
}

std::ostream& operator<<(std::ostream& out, history const& h) {
  history sorted = h;
  std::ranges::sort(sorted, {}, [](operation const& o) { return o.called.order; });
  for (auto const& o : sorted) out << o << '\n';
  return out;
}

}  // namespace chronicle::linearizability
