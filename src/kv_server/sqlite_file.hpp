// Opens a database file of ours, or says in the operator's words why that cannot be.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

#include "chronicle/time_source.hpp"
#include "kv_server/sqlite_handle.hpp"

namespace chronicle::kv {

/// Sole use of a database file among servers, for as long as it lives. SQLite's own locks come and go with
/// transactions; this one makes a second server on the same file an error at its start.
class file_claim {
 public:
  /// Creates the file if need be, readable by its owner alone. Throws `setup_error`.
  explicit file_claim(std::string const& path);
  ~file_claim();
  file_claim(file_claim const&) = delete;
  file_claim& operator=(file_claim const&) = delete;

 private:
  int descriptor_ = -1;
  std::pair<dev_t, ino_t> file_{};
};

/// The writing connection: tables in place, write-ahead log, every commit synced to disk. `max_bytes` 0 is no
/// limit. Throws `setup_error` that names the file and what to do about it.
sqlite_connection open_database(std::string const& path, std::uint64_t max_bytes);

/// Which boot of the machine the store lives in now, and since when.
struct boot_record {
  std::int64_t id = 0;
  milliseconds first_seen{0};
};

/// Notes the present boot in the database. `name` is the machine's own for it
/// (/proc/sys/kernel/random/boot_id); empty: unknown, and every opening counts as a boot, as does one of a
/// `restored` file: what was written after the backup is not in it, so its ages would be overstated.
boot_record note_boot(sqlite_connection& connection, std::string const& name, milliseconds uptime,
                      bool restored);

/// Makes sure that no revision which was given out after a backup of this file was made is given out again: a
/// client may still hold it, and would take the new one for the one it knows.
void skip_revisions(sqlite_connection& connection);

}  // namespace chronicle::kv
