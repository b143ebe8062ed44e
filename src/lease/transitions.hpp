// The transitions of a lease (PROTOCOL section 3): each makes the record that ONE compare-and-swap
// writes. They only build records; whether a transition is allowed is decided by acquisition.hpp and
// upkeep.hpp.
#pragma once

#include <cstdint>
#include <string>

#include "chronicle/time_source.hpp"
#include "record/record.hpp"

namespace chronicle::lease {

using record::header;

/// Who is about to hold a lease.
struct owner {
  std::string server;
  std::string session;
};

/// Acquire, where there is no record: the template under generation 1 and commit 1.
header create(std::string key, owner const& who, milliseconds duration, std::string data_hash,
              wall_time_point now);

/// Acquire, free or expired: generation + 1, the previous owner goes into the lineage, the data's bits stay
/// (R3).
header acquire(header const& from, owner const& who, milliseconds duration, wall_time_point now);

/// Renew: a new `seq`, which no earlier attempt of the session used; the commit is untouched.
header renew(header const& from, std::uint64_t seq, wall_time_point now);

/// Save: a new commit by the holder, and the lease renewed with it.
header save(header const& from, std::uint64_t seq, std::uint64_t commit_index, std::string data_hash,
            wall_time_point now);

/// Release, of what `renew` or `save` made or of a plain record: in the same write.
header release(header from);

/// Touch: nothing but a new fence, which changes the version and so kills every write in flight that expects
/// the old one.
header touch(header from, std::string fence);

}  // namespace chronicle::lease
