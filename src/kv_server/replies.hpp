// Turns what storage said into responses. No I/O.
#pragma once

#include "kv_server/http_message.hpp"
#include "kv_server/request_plan.hpp"
#include "kv_server/storage.hpp"

namespace chronicle::kv {

/// True while a long poll has nothing to tell: the key is still at the revision its reader has.
bool is_unchanged(read_action const& asked, read_outcome const& outcome);

/// What the answer to a write depends on besides its outcome.
struct write_manner {
  bool creates = false;
  bool erases = false;
  bool wants_current = false;

  explicit write_manner(write_command const& c)
      : creates(c.expected.absent), erases(!c.value.has_value()), wants_current(c.want_current) {}
};

response reply_to_read(read_action const& asked, read_outcome outcome);
response reply_to_write(write_manner asked, write_outcome outcome);
response reply_to_list(list_outcome outcome);
response reply_to_versions(versions_outcome outcome);

/// 429: no more topics fit.
response too_many_topics();

/// 503 for what was not begun, with `Retry-After` and `X-KV-Applied: no`.
response not_now(std::string detail, std::chrono::seconds retry_after);

}  // namespace chronicle::kv
