#include "sim/referee.hpp"

namespace chronicle::sim {
namespace {

using namespace std::chrono_literals;

// Clocks are off by 1 % at most; a little more for rounding.
constexpr boot_clock::duration stretched(boot_clock::duration d) {
  return d + d / 90;
}
constexpr boot_clock::duration shortened(boot_clock::duration d) {
  return d - d / 90;
}

}  // namespace

referee::referee(stage& on, ledger& storage, minutes& taken, steal_policy policy)
    : on_(on), storage_(storage), minutes_(taken), policy_(policy) {
  storage_.on_takeover([this](revision const& before, revision const& now, std::size_t sender) {
    judge_takeover(before, now, sender);
  });
  taken.on_reply([this](lease::message const& reply) { judge_reply(reply); });
}

std::optional<session_state> referee::state_of(std::string const& session) const {
  auto const known = seats_.find(session);
  if (known == seats_.end()) return std::nullopt;
  auto const there = known->second.lock();
  return there ? there->state() : std::nullopt;
}

bool referee::was_answered_by_silence(revision const& before, std::size_t sender) const {
  for (auto const* asked : minutes_.challenges_of(before.head.lease.session)) {
    if (asked->challenger != sender) continue;
    if (asked->disowned) return true;
    bool const whole_window = on_.now() - asked->first_sent >= shortened(2s);
    bool const no_write_since = before.by_owner_at <= asked->first_sent;
    if (policy_ == steal_policy::messaging_timeout && asked->heard_itself && whole_window && no_write_since)
      return true;
  }
  return false;
}

void referee::judge_takeover(revision const& before, revision const& now, std::size_t sender) {
  auto const& was = before.head.lease;
  bool const expired = on_.now() - before.by_owner_sent >= shortened(was.duration);
  bool const own = was.server == now.head.lease.server;
  on_.demand(expired || own || was_answered_by_silence(before, sender), "C4/C5",
             now.head.key + ": the lease of " + was.session.substr(0, 8) + " was taken after " +
                 std::to_string((on_.now() - before.by_owner_at) / 1ms) +
                 " ms, not expired and without a challenge that justifies it");
  bool const plays_on = state_of(was.session) == session_state::active;
  bool const by_right = policy_ == steal_policy::messaging_timeout && !own;
  on_.demand(!plays_on || by_right, "S12", now.head.key + ": two sessions are valid at once");
}

void referee::judge_reply(lease::message const& reply) {
  auto const state = state_of(reply.session);
  if (!state) return;
  if (reply.state == lease::owner_state::active)
    on_.demand(state == session_state::active, "C2",
               reply.key + ": the owner vouches for a session that is " + to_string(*state));
  if (reply.state == lease::owner_state::released)
    on_.demand(state == session_state::released || state == session_state::lost, "C1",
               reply.key + ": the owner disowns a session that is " + to_string(*state));
}

void referee::check_validity(std::string const& session) {
  auto const confirmed = storage_.confirmed_at(session);
  on_.demand(confirmed && on_.now() < *confirmed + stretched(60s), "S11",
             "session " + session.substr(0, 8) + " is active, and unconfirmed for longer than its lease");
}

void referee::check_at_rest() {
  storage_.check_acknowledged();
  for (auto const& [key, line] : storage_.keys()) {
    if (line.empty()) continue;
    auto const& lease = line.back().head.lease;
    bool const held = lease.state == record::lease_state::held;
    bool const excused = excused_.contains(lease.session) || dead_servers_.contains(lease.server);
    on_.demand(!held || excused, "S15",
               key + ": at rest, held by session " + lease.session.substr(0, 8) + " that nobody has");
  }
}

}  // namespace chronicle::sim
