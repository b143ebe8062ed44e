// Picks, from the revisions of all keys, the keys that existed at one revision of the store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kv_server/storage.hpp"

namespace chronicle::kv {

/// Takes revisions grouped by key, keys in byte order, the newest revision of each key first.
class key_lister {
 public:
  struct row {
    std::string_view name;
    std::uint64_t revision = 0;
    bool erased = false;
    std::uint64_t born = 0;  ///< the key's first revision ever, kept or not
  };

  key_lister(std::size_t limit, std::uint64_t as_of) : limit_(limit) { page_.as_of = as_of; }

  /// False when the page is full or cannot be completed; no more rows are wanted then.
  bool take(row const& r);

  /// Call once, after the last row.
  list_outcome finish();

 private:
  /// The present key has no revision old enough: it did not exist yet, or that revision is no longer kept.
  bool close_key();

  std::size_t limit_;
  key_page page_;
  std::string name_;
  std::uint64_t born_ = 0;
  bool decided_ = true;
  bool compacted_ = false;
};

}  // namespace chronicle::kv
