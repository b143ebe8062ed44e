// Counts of two kinds of events over the last while, in constant memory.
//
// A ring of 60 buckets, each knowing which slice of time it counts for. Exact expiry would have to remember
// the time of every event, without bound; here an event is forgotten up to one sixtieth of the window early,
// never late.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "chronicle/time_source.hpp"

namespace chronicle {

class sliding_window {
 public:
  struct counts {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
  };

  explicit sliding_window(boot_clock::duration length) noexcept : width_(length.count() / bucket_count) {}

  /// `now` must not go back from one call to the next.
  void add(time_point now, counts what) noexcept {
    std::int64_t const slice = slice_of(now);
    bucket& b = buckets_[static_cast<std::size_t>(slice) % bucket_count];
    if (b.slice != slice) b = bucket{slice, {}};
    b.what.first += what.first;
    b.what.second += what.second;
  }

  counts total(time_point now) const noexcept {
    std::int64_t const slice = slice_of(now);
    counts sum;
    for (bucket const& b : buckets_) {
      if (b.slice <= slice - bucket_count) continue;
      sum.first += b.what.first;
      sum.second += b.what.second;
    }
    return sum;
  }

  void clear() noexcept { buckets_ = {}; }

 private:
  static constexpr std::int64_t bucket_count = 60;

  struct bucket {
    std::int64_t slice = 0;
    counts what;
  };

  std::int64_t slice_of(time_point t) const noexcept { return t.time_since_epoch().count() / width_; }

  std::int64_t width_;  // nanoseconds
  std::array<bucket, bucket_count> buckets_{};
};

}  // namespace chronicle
