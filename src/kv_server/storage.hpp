// What the server keeps, and the operations it needs: compare-and-swap on one key, the key's history, and
// listings pinned to a revision. Two engines implement it: memory and SQLite.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chronicle/time_source.hpp"

namespace chronicle::kv {

// The structs have constructors of their own where g++ 12 would otherwise destroy temporaries twice
// (co_await).

/// A key inside its namespace. Ordered by bytes.
struct record_key {
  std::string space;
  std::string name;

  record_key() = default;
  record_key(std::string s, std::string n) : space(std::move(s)), name(std::move(n)) {}
  auto operator<=>(record_key const&) const = default;
};

/// One revision of a key: a value, or the tombstone of an erased one.
struct stored_version {
  std::uint64_t revision = 0;
  bool erased = false;
  std::string value;        ///< empty unless it was asked for
  std::string digest;       ///< SHA-256 of the value as of its writing, 32 bytes; empty for a tombstone
  std::string write_id;     ///< empty if the write had none
  wall_time_point written;  ///< calendar time, for people
  milliseconds age{0};      ///< how long ago, by a monotonic clock; never overstated

  stored_version() = default;
};

/// Why storage did not do as asked.
struct storage_failure {
  enum class kind {
    overloaded,     ///< too many writes are queued; nothing was done
    full,           ///< the disk or the configured size is full; nothing was done
    unavailable,    ///< nothing was done; another attempt may work or an administrator is needed
    indeterminate,  ///< the write may or may not survive a restart
  };
  kind what = kind::unavailable;
  std::string text;  ///< for the log and for the operator

  storage_failure() = default;
  storage_failure(kind w, std::string t) : what(w), text(std::move(t)) {}
};

/// The revision asked for is older than what is kept.
struct compacted {};

/// The revision asked for has not been written yet.
struct not_yet_written {
  std::uint64_t newest = 0;  ///< the newest revision of the store
  not_yet_written() = default;
  explicit not_yet_written(std::uint64_t n) : newest(n) {}
};

/// The key had no revision at all, then.
struct never_written {};

struct read_query {
  record_key key;
  std::optional<std::uint64_t> as_of;  ///< the newest revision up to this one; absent: the newest of all
  bool with_value = true;

  read_query() = default;
  explicit read_query(record_key k, std::optional<std::uint64_t> at = std::nullopt, bool value = true)
      : key(std::move(k)), as_of(at), with_value(value) {}
};
using read_outcome = std::variant<never_written, stored_version, compacted, not_yet_written, storage_failure>;

/// What has to be true of a key for a write to happen.
struct precondition {
  bool absent = false;                   ///< never written, or erased; otherwise:
  std::vector<std::uint64_t> revisions;  ///< the key is not erased and has one of these

  precondition() = default;
  static precondition must_be_absent() {
    precondition p;
    p.absent = true;
    return p;
  }
  static precondition must_be(std::uint64_t revision) {
    precondition p;
    p.revisions.push_back(revision);
    return p;
  }
};

struct write_command {
  record_key key;
  precondition expected;
  std::optional<std::string> value;  ///< absent: erase
  std::string digest;                ///< SHA-256 of `value`
  std::string write_id;              ///< empty if there is none
  bool want_current = false;         ///< send the current value along with a conflict

  write_command() = default;
};

/// The write is durable.
struct written {
  std::uint64_t revision = 0;
  bool replayed = false;  ///< it had been carried out by an earlier request with the same write id
  written() = default;
  written(std::uint64_t r, bool again) : revision(r), replayed(again) {}
};

/// The precondition is false.
struct mismatch {
  std::optional<stored_version> current;  ///< maybe a tombstone; absent if the key was never written
  mismatch() = default;
  explicit mismatch(std::optional<stored_version> c) : current(std::move(c)) {}
};
using write_outcome = std::variant<storage_failure, written, mismatch>;

struct list_query {
  std::string space;
  std::string prefix;
  std::string after;  ///< only keys beyond this one
  std::size_t limit = 100;
  std::optional<std::uint64_t> as_of;  ///< absent: now
  list_query() = default;
};
struct listed_key {
  std::string name;
  std::uint64_t revision = 0;
  listed_key() = default;
  listed_key(std::string n, std::uint64_t r) : name(std::move(n)), revision(r) {}
};
struct key_page {
  std::uint64_t as_of = 0;
  std::vector<listed_key> keys;
  bool more = false;
  key_page() = default;
};
using list_outcome = std::variant<storage_failure, key_page, compacted, not_yet_written>;

struct versions_query {
  record_key key;
  std::optional<std::uint64_t> before;  ///< only revisions older than this one
  std::size_t limit = 100;
  std::size_t max_bytes = 4 * 1024 * 1024;  ///< of values in one page, but always at least one version
  versions_query() = default;
};
struct version_page {
  bool known = false;  ///< the key was written at some time
  std::vector<stored_version> versions;
  bool more = false;
  version_page() = default;
};
using versions_outcome = std::variant<storage_failure, version_page>;

/// What is kept of the past.
struct retention {
  std::size_t versions = 16;                              ///< per key, the newest included; at least 1
  milliseconds tombstones = std::chrono::hours{24 * 30};  ///< an erased key is forgotten this long after
};

/// For the metrics. All since the storage was opened, but `revision`.
struct storage_figures {
  std::uint64_t revision = 0;        ///< the newest of the store
  std::uint64_t batches = 0;         ///< transactions committed
  std::uint64_t batched_writes = 0;  ///< writes in them
  std::uint64_t commit_nanoseconds = 0;
  std::size_t queued = 0;  ///< writes that wait
  storage_figures() = default;
};

/// A store of records. Safe to call from several threads; operations resume on the executor of their caller,
/// do not throw and are not cancellable: a write that was begun ends.
class storage {
 public:
  virtual ~storage() = default;

  /// Linearizable: sees every write that was acknowledged before it began, and none that is not durable.
  virtual asio::awaitable<read_outcome> read(read_query query) = 0;
  /// Completes when the write is durable or refused.
  virtual asio::awaitable<write_outcome> write(write_command command) = 0;
  virtual asio::awaitable<list_outcome> list(list_query query) = 0;
  virtual asio::awaitable<versions_outcome> versions(versions_query query) = 0;

  virtual storage_figures figures() const = 0;
  /// Empty while writes are possible, else why not.
  virtual std::string ailment() const = 0;
  /// Ends what was queued and closes files. Nothing may be called afterwards but the destructor, which does
  /// it too.
  virtual void close() = 0;
};

}  // namespace chronicle::kv
