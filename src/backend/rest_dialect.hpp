// The REST dialect as plain functions: from operations to requests, and from what became of them to results.
// The only place that knows what a status means for a write.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "chronicle/backend.hpp"
#include "transport/http_message.hpp"

namespace chronicle::rest {

/// Whether a version can stand in an entity tag. Others were not made by a server of this dialect.
bool is_sendable(version const& v) noexcept;

http_request ask_value(std::string_view name_space, std::string_view key);
http_request ask_put(std::string_view name_space, std::string_view key, shared_bytes value,
                     std::optional<version> const& expected, std::string_view write_id);
http_request ask_erase(std::string_view name_space, std::string_view key, version const& expected);

/// A cursor of a listing names the snapshot and the last key of the page before: `<revision>:<key>`.
http_request ask_list(std::string_view name_space, std::string_view prefix, std::string_view cursor,
                      std::size_t limit);
http_request ask_history(std::string_view name_space, std::string_view key, std::string_view cursor,
                         std::size_t limit);

/// Only the dialect's own 404 means that there is no value: a 404 from a proxy or another server must not be
/// taken for an empty profile.
result<std::optional<entry>> read_value(http_outcome outcome);
put_result read_write(http_outcome const& outcome);
result<page<key_info>> read_list(http_outcome const& outcome);
result<page<entry>> read_history(http_outcome const& outcome);

}  // namespace chronicle::rest
