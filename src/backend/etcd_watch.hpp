// What etcd tells a watcher: one JSON object a line, however the bytes are cut into pieces.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "backend/etcd_dialect.hpp"

namespace chronicle::etcd {

/// All keys that begin with `prefix`, or one key; from `start` on, or from now on (at 0).
http_request ask_watch_prefix(std::string_view prefix, revision start);
http_request ask_watch_key(std::string_view key, revision start);

struct watch_event {
  stored what;  ///< without a value when `erased`
  bool erased = false;

  watch_event() = default;
};

/// One message of a watch. Each is a sign of life, also one that holds nothing.
struct watch_message {
  revision at = 0;           ///< of the store when the message was sent
  bool created = false;      ///< the watch begins, after `at` when it was asked for from now on
  error_code ended;          ///< why there will be no more messages, though the stream may stay open
  bool wants_token = false;  ///< it ended, perhaps because our token is not known
  revision compacted = 0;    ///< it ended because events before this revision are gone
  std::vector<watch_event> events;

  watch_message() = default;
};

class watch_parser {
 public:
  /// No message may be larger than this.
  explicit watch_parser(std::size_t max_bytes = std::size_t{16} * 1024 * 1024) : max_bytes_(max_bytes) {}

  /// Takes the next bytes and appends what they complete. `errc::response_too_large` or
  /// `errc::protocol_error`; the parser is of no use then.
  error_code feed(std::string_view bytes, std::vector<watch_message>& completed);

 private:
  std::size_t max_bytes_;
  std::string line_;  // begun, its end has not come yet
};

}  // namespace chronicle::etcd
