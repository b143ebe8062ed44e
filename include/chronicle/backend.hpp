// What a storage engine must offer: linearizable reads and compare-and-swap on one key. Everything the lease
// protocol promises rests on these few operations.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chronicle/error.hpp"
#include "chronicle/shared_bytes.hpp"

namespace chronicle {

namespace asio = boost::asio;

// Every struct here has constructors of its own: g++ 12 destroys aggregate temporaries twice when they share
// a statement with co_await.

/// Names one stored revision of one key. Opaque: only equality has a meaning, and no two revisions of a key
/// ever share one.
struct version {
  std::string token;  ///< as the backend writes it: a revision number, an entity tag

  version() = default;
  /// From the backend's own notation.
  explicit version(std::string t) : token(std::move(t)) {}
  /// True for the same revision of the same key.
  bool operator==(version const&) const = default;
};

/// A stored value.
struct entry {
  std::string value;  ///< any bytes
  version ver;        ///< of this value

  /// How long ago it was written, by the backend's own clock alone (server now - server write time); absent
  /// when the backend cannot say.
  std::optional<std::chrono::milliseconds> age;

  entry() = default;
  /// From its parts.
  entry(std::string v, version at, std::optional<std::chrono::milliseconds> how_old = std::nullopt)
      : value(std::move(v)), ver(std::move(at)), age(how_old) {}
};

/// The write was carried out and is durable.
struct applied {
  version ver;  ///< what the key has now
  applied() = default;
  /// With the version the key has now.
  explicit applied(version v) : ver(std::move(v)) {}
};

/// The key did not have the expected version when the backend looked. Not a verdict: an intermediary may have
/// re-sent our own write.
struct conflict {
  std::optional<entry> current;  ///< what the key has now, where the backend sends it along
  conflict() = default;
  /// With what the key has now, or nothing when that is not known.
  explicit conflict(std::optional<entry> c) : current(std::move(c)) {}
};

/// The write may have been applied, or may still be later.
struct indeterminate {
  error_code why;  ///< what came instead of a clear answer: a time-out, a reset, a 5xx
  indeterminate() = default;
  /// With what came instead of an answer.
  explicit indeterminate(error_code ec) : why(ec) {}
};

/// The write was definitely not applied and never will be.
struct rejected {
  error_code why;  ///< whether it is worth another try: see `is_retryable`
  std::optional<std::chrono::milliseconds> retry_after;  ///< when the backend said so (`Retry-After`)
  rejected() = default;
  /// With the reason and how long the backend wants to be left alone.
  explicit rejected(error_code ec, std::optional<std::chrono::milliseconds> after = std::nullopt)
      : why(ec), retry_after(after) {}
};

/// What became of a write; exactly one of the four.
using put_result = std::variant<applied, conflict, indeterminate, rejected>;

/// One line of a listing.
struct key_info {
  std::string key;  ///< the whole key
  version ver;      ///< of its newest value
  key_info() = default;
  /// From its parts.
  key_info(std::string k, version v) : key(std::move(k)), ver(std::move(v)) {}
};

/// Part of a listing; pass `next` as the cursor of the following call. An empty `next` ends the listing.
template <class T>
struct page {
  std::vector<T> items;  ///< in the order of the listing; may be empty although more follows
  std::string next;      ///< cursor of the following page; empty: there is none
  page() = default;
  /// From its parts.
  page(std::vector<T> i, std::string n) : items(std::move(i)), next(std::move(n)) {}
};

/// What a backend can do beyond the minimum.
struct capabilities {
  bool server_age = false;                ///< `entry::age` is set
  bool history = false;                   ///< `history` lists earlier revisions
  bool conflict_returns_current = false;  ///< `conflict::current` is set
  bool write_id_dedup = false;            ///< a re-sent write with the same write id answers `applied` again
  std::size_t max_value = 4 * 1024 * 1024;  ///< bytes
  std::size_t max_key = 512;                ///< bytes
};

/// A key-value store with compare-and-swap.
///
/// Keys are 1 to 512 bytes of UTF-8 without NUL; values are arbitrary bytes. Operations are coroutines that
/// run on their caller's executor and may be called from several threads at once. A terminal cancellation
/// makes them return soon: reads with `asio::error::operation_aborted`, writes with `rejected` when nothing
/// was sent yet and `indeterminate` otherwise. They do not throw.
class backend {
 public:
  virtual ~backend() = default;

  /// The newest value, or nothing when the key is absent or erased. Linearizable; never from a cache.
  virtual asio::awaitable<result<std::optional<entry>>> get(std::string key) = 0;

  /// Writes `value` if the key has exactly version `expected`, or is absent or erased when `expected` is
  /// empty. Never retried by the backend. `write_id` names this write (`<session>:<commit index>...`): a
  /// store that remembers the last one answers a repetition with `applied` again.
  virtual asio::awaitable<put_result> put_if(std::string key, shared_bytes value,
                                             std::optional<version> expected, std::string write_id) = 0;

  /// Erases the key if it has exactly version `expected`. Its revisions go on counting.
  virtual asio::awaitable<put_result> erase_if(std::string key, version expected) = 0;

  /// Keys that begin with `prefix`, in byte order, at most `limit` (1 to 1000) at a time.
  virtual asio::awaitable<result<page<key_info>>> list(std::string prefix, std::string cursor,
                                                       std::size_t limit) = 0;

  /// Earlier and present values of a key, newest first, at most `limit` (1 to 1000) at a time; as far back as
  /// the store keeps them.
  virtual asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                                       std::size_t limit) = 0;

  /// What this backend can do; the same on every call.
  virtual capabilities caps() const = 0;
};

/// Clear exactly when `key` may be sent to a backend: 1 to `max_bytes` bytes of well-formed UTF-8 without
/// NUL.
error_code check_key(std::string_view key, std::size_t max_bytes = 512) noexcept;

}  // namespace chronicle
