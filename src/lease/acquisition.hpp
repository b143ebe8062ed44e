// What to do about a key one wants to open, given the record that was read: the "acquire" rows of the
// transition table.
#pragma once

#include <string>

#include "lease/expiry.hpp"
#include "lease/transitions.hpp"

namespace chronicle::lease {

/// The step that a start takes next.
enum class acquire_step {
  create,        ///< no record: put the template, if still absent
  take_free,     ///< the lease is released
  take_expired,  ///< the lease is held but has expired
  take_orphan,   ///< held under our own server id by a session that is not ours any more
  challenge,     ///< held and fresh: ask the owner; no write
};

struct acquire_decision {
  acquire_step step;
  expiry_rule rule = expiry_rule::none;  ///< for `take_expired`
};

/// `read` is null when there is no record. `our_server` is unique to this store, and the caller has no live
/// session on the key: a lease under that name was left behind by a write of ours that nobody waited for.
acquire_decision decide_acquire(header const* read, lease_evidence const& evidence,
                                lease_options const& options, std::string const& our_server);

/// Whether the owner that was read before has shown life in the record read now: any write of the same
/// session.
bool owner_wrote_meanwhile(header const& before, header const& now);

}  // namespace chronicle::lease
