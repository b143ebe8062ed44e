#include "kv_server/write_rule.hpp"

#include <algorithm>

namespace chronicle::kv {
namespace {

bool holds(precondition const& expected, std::optional<line_head> const& head) {
  bool const absent = !head || head->erased;
  if (expected.absent) return absent;
  return !absent && std::ranges::find(expected.revisions, head->revision) != expected.revisions.end();
}

bool is_replay(write_command const& command, std::optional<line_head> const& head) {
  return head && !command.write_id.empty() && head->write_id == command.write_id &&
         head->erased == !command.value.has_value() && head->digest == command.digest;
}

}  // namespace

verdict judge(write_command const& command, std::optional<line_head> const& head) {
  if (holds(command.expected, head)) return verdict::apply;
  return is_replay(command, head) ? verdict::replayed : verdict::refuse;
}

}  // namespace chronicle::kv
