#include "record/template.hpp"

#include <utility>

#include "integrity/json_path.hpp"

namespace chronicle::record {
namespace {

namespace json = boost::json;

// Numbers of any kind are alike: 1 where the template has 1.0 is no mismatch. Null in the template says
// nothing about what is to come.
bool fits(json::value const& existing, json::value const& in_template) {
  return existing.kind() == in_template.kind() || (existing.is_number() && in_template.is_number()) ||
         in_template.is_null();
}

class merger {
 public:
  explicit merger(json::object const& document) : document_(document) {}

  void merge(json::object& data, json::object const& defaults, json_path const& path) {
    for (auto const& member : defaults) {
      json::value* const existing = data.if_contains(member.key());
      if (!existing) {
        if (!done_.before) done_.before = document_;
        data.emplace(member.key(), member.value());
        continue;
      }
      json_path const here = path.member(member.key());
      if (existing->is_object() && member.value().is_object()) {
        merge(existing->get_object(), member.value().get_object(), here);
      } else if (!fits(*existing, member.value())) {
        done_.type_mismatches.push_back(here.text());
      }
    }
  }
  reconciliation done() { return std::move(done_); }

 private:
  json::object const& document_;
  reconciliation done_;
};

}  // namespace

reconciliation reconcile(boost::json::object& data, boost::json::object const& defaults) {
  merger all(data);
  all.merge(data, defaults, json_path());
  return all.done();
}

}  // namespace chronicle::record
