// Wrong variants of the protocol, to prove that the simulator has teeth. They exist in the test world only:
// the library's object code is linked as it is, with some of its decision functions wrapped (`ld --wrap`),
// and the rest lives in the simulated network, bus and backend.
#pragma once

#include <optional>
#include <string_view>

namespace chronicle::sim {

enum class variant {
  none,
  v1,   ///< a time-out means "not written"
  v2,   ///< read back once; unchanged means failed
  v3,   ///< a conflict is a verdict
  v4,   ///< writes check owner and generation, not the version
  v5,   ///< the lock is in another key than the data: a release is not conditional on the record
  v6,   ///< a commit index is used again for other bytes
  v7,   ///< after a steal, compare commit numbers
  v8,   ///< after a steal, always report failure
  v9,   ///< a cancelled acquire just returns
  v10,  ///< the probe does not go through the bus
  v11,  ///< steal with a version read after the challenge
  v12,  ///< reply without checking validity
  v13,  ///< delete on release
  count_
};

std::string_view describe(variant v);
/// "V7" and the like; "none" for the right protocol.
std::optional<variant> find_variant(std::string_view name);

/// The variant in force in this process.
variant active_variant() noexcept;
void set_active_variant(variant v) noexcept;

}  // namespace chronicle::sim
