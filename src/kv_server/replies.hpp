// Turns what storage said into responses. No I/O.
#pragma once

#include "kv_server/http_message.hpp"
#include "kv_server/request_plan.hpp"
#include "kv_server/storage.hpp"

namespace chronicle::kv {

/// True while a long poll has nothing to tell: the key is still at the revision its reader has.
bool is_unchanged(read_action const& asked, read_outcome const& outcome);

response reply_to_read(read_action const& asked, read_outcome outcome);
response reply_to_write(write_action const& asked, write_outcome outcome);
response reply_to_list(list_outcome outcome);
response reply_to_versions(versions_outcome outcome);

/// 503 for what was not begun, with `Retry-After` and `X-KV-Applied: no`.
response not_now(std::string detail, std::chrono::seconds retry_after);

}  // namespace chronicle::kv
