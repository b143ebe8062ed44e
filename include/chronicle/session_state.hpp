// How an open profile stands with its lease.
#pragma once

namespace chronicle {

enum class session_state {
  active,     ///< the lease is valid: this server may vouch for the data
  lapsed,     ///< validity ran out unconfirmed; the data is kept and confirmation is being tried
  releasing,  ///< the final write is under way
  released,
  lost,  ///< another server owns the profile
};
char const* to_string(session_state state) noexcept;

}  // namespace chronicle
