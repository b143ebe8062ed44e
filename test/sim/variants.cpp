#include "sim/variants.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <set>
#include <utility>

#include "lease/acquisition.hpp"
#include "lease/challenge.hpp"
#include "lease/resolution.hpp"
#include "lease/transitions.hpp"
#include "session/janitor.hpp"

namespace chronicle::sim {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(variant::count_)> descriptions{
    "the right protocol",
    "a time-out means \"not written\"",
    "read back once; unchanged means failed",
    "a conflict is a verdict",
    "writes check owner and generation, not the version",
    "the lock is in another key than the data",
    "a commit index is used again for other bytes",
    "after a steal, compare commit numbers",
    "after a steal, always report failure",
    "a cancelled acquire just returns",
    "the probe does not go through the bus",
    "steal with a version read after the challenge",
    "reply without checking validity",
    "delete on release"};

variant active = variant::none;
std::set<std::string> vetoed;  // V11: sessions whose write should have stopped a steal

asio::awaitable<void> do_nothing() {
  co_return;
}

}  // namespace

std::string_view describe(variant v) {
  return descriptions[static_cast<std::size_t>(v)];
}

std::optional<variant> find_variant(std::string_view name) {
  if (name == "none") return variant::none;
  for (int n = 1; n < static_cast<int>(variant::count_); ++n)
    if (name == "V" + std::to_string(n)) return static_cast<variant>(n);
  return std::nullopt;
}

variant active_variant() noexcept {
  return active;
}
void set_active_variant(variant v) noexcept {
  active = v;
  vetoed.clear();
}

}  // namespace chronicle::sim

// The linker sends every call of a wrapped function (CMakeLists.txt lists their symbols) to `__wrap_<symbol>`
// and resolves `__real_<symbol>` to the library's own code.
#define CHRONICLE_WRAPPER(symbol) __asm__("__wrap_" symbol)
#define CHRONICLE_ORIGINAL(symbol) __asm__("__real_" symbol)

namespace chronicle::sim {

using lease::header;
using lease::verdict;

lease::verdict right_resolve(lease::attempted_write const& mine, lease::read_back const& read)
    CHRONICLE_ORIGINAL(CHRONICLE_SYMBOL_RESOLVE);
lease::verdict resolve(lease::attempted_write const& mine, lease::read_back const& read)
    CHRONICLE_WRAPPER(CHRONICLE_SYMBOL_RESOLVE);
header right_save(header const& from, std::uint64_t seq, std::uint64_t index, std::string hash,
                  wall_time_point now) CHRONICLE_ORIGINAL(CHRONICLE_SYMBOL_SAVE);
header save(header const& from, std::uint64_t seq, std::uint64_t index, std::string hash, wall_time_point now)
    CHRONICLE_WRAPPER(CHRONICLE_SYMBOL_SAVE);
lease::acquire_decision right_decide_acquire(header const* read, lease::lease_evidence const& evidence,
                                             lease_options const& options, std::string const& our_server)
    CHRONICLE_ORIGINAL(CHRONICLE_SYMBOL_DECIDE_ACQUIRE);
lease::acquire_decision decide_acquire(header const* read, lease::lease_evidence const& evidence,
                                       lease_options const& options, std::string const& our_server)
    CHRONICLE_WRAPPER(CHRONICLE_SYMBOL_DECIDE_ACQUIRE);
bool right_owner_wrote_meanwhile(header const& before, header const& now)
    CHRONICLE_ORIGINAL(CHRONICLE_SYMBOL_OWNER_WROTE_MEANWHILE);
bool owner_wrote_meanwhile(header const& before, header const& now)
    CHRONICLE_WRAPPER(CHRONICLE_SYMBOL_OWNER_WROTE_MEANWHILE);
std::optional<lease::owner_state> right_decide_reply(lease::message const& challenge,
                                                     std::string const& session, std::uint64_t generation,
                                                     session_state state, bool stalled)
    CHRONICLE_ORIGINAL(CHRONICLE_SYMBOL_DECIDE_REPLY);
std::optional<lease::owner_state> decide_reply(lease::message const& challenge, std::string const& session,
                                               std::uint64_t generation, session_state state, bool stalled)
    CHRONICLE_WRAPPER(CHRONICLE_SYMBOL_DECIDE_REPLY);
asio::awaitable<void> right_clean_up(context& ctx, std::string record_key, lease::attempted_write acquire,
                                     time_point deadline, asio::cancellation_signal& interrupt)
    CHRONICLE_ORIGINAL(CHRONICLE_SYMBOL_CLEAN_UP);
asio::awaitable<void> clean_up(context& ctx, std::string record_key, lease::attempted_write acquire,
                               time_point deadline, asio::cancellation_signal& interrupt)
    CHRONICLE_WRAPPER(CHRONICLE_SYMBOL_CLEAN_UP);

// V2, V6 (which knows a write by its index alone), V7, V8.
lease::verdict resolve(lease::attempted_write const& mine, lease::read_back const& read) {
  verdict const right = right_resolve(mine, read);
  bool const stolen =
      right == verdict::lost || right == verdict::lost_but_saved || right == verdict::ask_history;
  switch (active) {
    case variant::v2: return right == verdict::resend ? verdict::lost : right;
    case variant::v6:
      return right == verdict::adopt && !mine.releases && read.holds->commit.index == mine.commit_index
                 ? verdict::applied
                 : right;
    case variant::v7:
      if (!stolen) return right;
      return read.holds->commit.index >= mine.commit_index ? verdict::lost_but_saved : verdict::lost;
    case variant::v8: return stolen ? verdict::lost : right;
    default: return right;
  }
}

header save(header const& from, std::uint64_t seq, std::uint64_t index, std::string hash,
            wall_time_point now) {
  bool const again = active == variant::v6;
  return right_save(from, seq, again ? from.commit.index + 1 : index, std::move(hash), now);
}

lease::acquire_decision decide_acquire(header const* read, lease::lease_evidence const& evidence,
                                       lease_options const& options, std::string const& our_server) {
  auto right = right_decide_acquire(read, evidence, options, our_server);
  if (right.step == lease::acquire_step::challenge && vetoed.erase(read->lease.session) > 0)
    right.step = lease::acquire_step::take_expired;
  return right;
}

bool owner_wrote_meanwhile(header const& before, header const& now) {
  bool const wrote = right_owner_wrote_meanwhile(before, now);
  if (active != variant::v11 || !wrote) return wrote;
  vetoed.insert(now.lease.session);
  return false;
}

std::optional<lease::owner_state> decide_reply(lease::message const& challenge, std::string const& session,
                                               std::uint64_t generation, session_state state, bool stalled) {
  auto const right = right_decide_reply(challenge, session, generation, state, stalled);
  bool const named = challenge.session == session && challenge.generation == generation;
  if (active == variant::v12 && named && !right) return lease::owner_state::active;
  return right;
}

// Not a coroutine itself: g++ 12 cannot name the parts of one that has a name of its own in assembly.
asio::awaitable<void> clean_up(context& ctx, std::string record_key, lease::attempted_write acquire,
                               time_point deadline, asio::cancellation_signal& interrupt) {
  if (active == variant::v9) return do_nothing();
  return right_clean_up(ctx, std::move(record_key), std::move(acquire), deadline, interrupt);
}

}  // namespace chronicle::sim
