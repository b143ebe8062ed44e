// Errors as application/problem+json (RFC 9457): what is wrong, where, and what would be right.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "kv_server/http_message.hpp"

namespace chronicle::kv {

/// `slug` names the kind of problem (`urn:chronicle-kv:<slug>`), `detail` is for the person who wrote the
/// request; `members` are added as they are.
response problem(int status, std::string_view slug, std::string_view title, std::string detail,
                 boost::json::object members = {});

}  // namespace chronicle::kv
