#include "integrity/storable.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "base/utf8.hpp"

namespace chronicle {
namespace {

namespace json = boost::json;

// Finds a problem on the way down; its path is put together on the way back up.
class search {
 public:
  bool object(json::object const& o, std::size_t depth) {
    if (depth > max_document_depth)
      return found("is nested deeper than " + std::to_string(max_document_depth));
    for (auto const& member : o) {
      if (!is_valid_utf8(member.key())) return found("has a member whose name is not UTF-8");
      if (!value(member.value(), depth)) continue;
      path_ = "." + std::string(member.key()) + path_;
      return true;
    }
    return false;
  }

  std::optional<storable_problem> result() && {
    if (reason_.empty()) return std::nullopt;
    return storable_problem{"$" + path_, std::move(reason_)};
  }

 private:
  bool value(json::value const& v, std::size_t depth) {
    switch (v.kind()) {
      case json::kind::double_:
        if (std::isnan(v.get_double())) return found("is NaN, which JSON cannot express");
        if (std::isinf(v.get_double())) return found("is an infinity, which JSON cannot express");
        return false;
      case json::kind::string:
        return !is_valid_utf8(v.get_string()) && found("is not UTF-8");
      case json::kind::array:
        return array(v.get_array(), depth + 1);
      case json::kind::object:
        return object(v.get_object(), depth + 1);
      default:
        return false;
    }
  }

  bool array(json::array const& a, std::size_t depth) {
    if (depth > max_document_depth)
      return found("is nested deeper than " + std::to_string(max_document_depth));
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!value(a[i], depth)) continue;
      path_ = "[" + std::to_string(i) + "]" + path_;
      return true;
    }
    return false;
  }

  bool found(std::string reason) {
    reason_ = std::move(reason);
    return true;
  }

  std::string path_;
  std::string reason_;
};

}  // namespace

std::optional<storable_problem> check_storable(boost::json::object const& document) {
  search s;
  s.object(document, 1);
  return std::move(s).result();
}

}  // namespace chronicle
