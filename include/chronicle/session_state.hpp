// How an open profile stands with its lease.
#pragma once

namespace chronicle {

/// Where a session is in its life. It may go from `active` to `lapsed` and back any number of times.
enum class session_state {
  active,     ///< the lease has not run out by this server's clock, see `profile::is_active`
  lapsed,     ///< validity ran out unconfirmed; the data is kept and confirmation is being tried
  releasing,  ///< the final write is under way
  released,   ///< given back by its holder; also the state of a profile without a session
  lost,       ///< ended against its will, see `loss_cause`
};
/// The name, as in the enumerator.
char const* to_string(session_state state) noexcept;

}  // namespace chronicle
