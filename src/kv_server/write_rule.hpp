// Decides what becomes of a conditional write, from what is known of the key: the one rule of both storage
// engines.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kv_server/storage.hpp"

namespace chronicle::kv {

/// The newest revision of a key, without its value.
struct line_head {
  std::uint64_t revision = 0;
  bool erased = false;
  std::string_view digest;
  std::string_view write_id;
};

enum class verdict {
  apply,     ///< the precondition holds
  replayed,  ///< it does not, because this very write has been carried out already (RFC 9110, section 13.1.1)
  refuse,    ///< it does not
};

/// A write counts as carried out already when the newest revision has its write id and its bytes: the same id
/// with other bytes is a mistake of the client's and must not be acknowledged.
verdict judge(write_command const& command, std::optional<line_head> const& head);

}  // namespace chronicle::kv
