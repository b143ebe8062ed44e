// Storage in an SQLite file. One thread writes: all writes that are queued when it comes round go into one
// transaction, so that many writers share one fsync. Other threads read, each through a connection of its
// own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "kv_server/storage.hpp"

namespace chronicle::kv {

struct sqlite_options {
  std::string path;
  retention keep;
  std::uint64_t max_bytes = 0;           ///< of the database file; 0: as the disk allows
  std::size_t readers = 2;               ///< threads that read
  std::size_t max_queued_writes = 4096;  ///< beyond it writes are refused as `overloaded`
  std::size_t max_queued_bytes = 256 * 1024 * 1024;
  bool restored = false;  ///< from a backup: see `skip_revisions` and `note_boot`
  std::string boot_name;  ///< see `note_boot`
};

/// Opens or creates the file. Throws `setup_error`.
std::shared_ptr<storage> open_sqlite_storage(sqlite_options options, std::shared_ptr<time_source> time);

}  // namespace chronicle::kv
