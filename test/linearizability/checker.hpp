// Decides whether a history is linearizable: whether every operation can be given one moment between its call
// and its return such that, in the order of these moments, a register would have answered as it did.
#pragma once

#include <cstddef>
#include <string>

#include "linearizability/operation.hpp"
#include "linearizability/register_model.hpp"

namespace chronicle::linearizability {

struct verdict {
  bool linearizable = true;
  std::size_t steps = 0;  ///< operations tried in some place
};

/// The search of Wing and Gong with Lowe's memory of where it has been (J. Wing, C. Gong: Testing and
/// Verifying Concurrent Objects, 1993; G. Lowe: Testing for Linearizability, 2017). Linear in the length of
/// the history when few operations overlap.
verdict check(history const& h, register_state const& before = {});

/// The part of a history that is not linearizable which is easiest to read: it ends with the first return
/// that nobody can explain, begins as late as it can whatever the key held before, and reads that prove
/// nothing are left out. Empty when the history is linearizable.
history smallest_window(history const& h);

/// The windows of those of several keys' histories that are not linearizable, for people; empty when all are.
std::string find_problem(std::vector<history> const& keys);

}  // namespace chronicle::linearizability
