// The records in a SQLite database, one connection's view: reading, listing, and writing inside a transaction
// that the caller begins and ends. Errors are thrown as `sqlite_error`.
#pragma once

#include <memory>
#include <string>

#include "kv_server/age_clock.hpp"
#include "kv_server/sqlite_handle.hpp"
#include "kv_server/storage.hpp"
#include "kv_server/write_rule.hpp"

namespace chronicle::kv {

class record_reader {
 public:
  record_reader(sqlite_connection& connection, age_clock const& clock);

  read_outcome read(read_query const& query);
  list_outcome list(list_query const& query);
  versions_outcome versions(versions_query const& query);
  /// The newest revision ever given out in this store.
  std::uint64_t newest();

 private:
  stored_version to_version(sqlite_statement& row, bool with_value) const;

  sqlite_connection& connection_;
  age_clock const& clock_;
  sqlite_statement newest_;
  sqlite_statement head_;
  sqlite_statement born_;
  sqlite_statement list_;
  sqlite_statement versions_;
};

class record_writer {
 public:
  record_writer(sqlite_connection& connection, age_clock const& clock, retention keep);

  /// Carries out one write. Nothing of the outcome may be told before the transaction is committed.
  write_outcome write(write_command const& command);
  /// Removes a few keys whose tombstones are past their time.
  void forget_old_erasures();
  /// The newest revision ever given out in this store.
  std::uint64_t newest() { return reader_.newest(); }

 private:
  std::uint64_t insert(write_command const& command, std::uint64_t born);
  void prune(record_key const& key);

  sqlite_connection& connection_;
  age_clock const& clock_;
  retention keep_;
  record_reader reader_;
  sqlite_statement head_;
  sqlite_statement insert_;
  sqlite_statement oldest_to_keep_;
  sqlite_statement delete_through_;
  sqlite_statement old_tombstones_;
};

}  // namespace chronicle::kv
