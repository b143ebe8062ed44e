#include "record/template.hpp"

namespace chronicle::record {
namespace {

namespace json = boost::json;

// Numbers of any kind are alike: 1 where the template has 1.0 is no mismatch.
bool same_kind(json::value const& a, json::value const& b) {
  return a.kind() == b.kind() || (a.is_number() && b.is_number());
}

void merge(json::object& data, json::object const& defaults, std::string const& path, reconciliation& done) {
  for (auto const& member : defaults) {
    json::value* const existing = data.if_contains(member.key());
    if (!existing) {
      data.emplace(member.key(), member.value());
      done.added = true;
      continue;
    }
    std::string const here = path + "." + std::string(member.key());
    if (existing->is_object() && member.value().is_object()) {
      merge(existing->get_object(), member.value().get_object(), here, done);
    } else if (!same_kind(*existing, member.value())) {
      done.type_mismatches.push_back(here);
    }
  }
}

}  // namespace

reconciliation reconcile(boost::json::object& data, boost::json::object const& defaults) {
  reconciliation done;
  merge(data, defaults, "$", done);
  return done;
}

}  // namespace chronicle::record
