// The checks that a request must pass before anything is done for it. Each returns the answer that refuses
// it, or nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "kv_server/http_message.hpp"
#include "kv_server/storage.hpp"
#include "kv_server/target.hpp"

namespace chronicle::kv {

/// 400 for a header field that cannot be taken.
response bad_header(std::string_view field, std::string detail);

/// 401 unless `Authorization` carries `token`, compared in constant time.
std::optional<response> check_token(request const& head, std::string const& token);

/// 403 for requests that a web page makes a browser send.
std::optional<response> check_origin(request const& head);

/// 405 with `Allow` unless the resource knows the method.
std::optional<response> check_method(request const& head, resource what);

/// 400 for a body where none has a meaning: what one party takes for a body another takes for the next
/// request.
std::optional<response> check_no_body(request const& head);

/// 411, 413 and 415: a body that will be taken has a length, at most `max_bytes`, and a type we know.
std::optional<response> check_body(request const& head, std::size_t max_bytes);

/// The precondition of a PUT or DELETE; 400 or 428 when there is none that protects what others wrote.
std::variant<precondition, response> find_precondition(request const& head);

/// 400 unless Write-Id is absent or 1 to 256 visible ASCII characters.
std::optional<response> check_write_id(request const& head);

}  // namespace chronicle::kv
