// etcd's JSON gateway as plain functions: from operations to requests, and from what became of them to
// results. The only place that knows what an answer means for a write.
//
// The gateway ignores members it does not know: a misspelt `mod_revision` compares with 0, which means
// absent, and succeeds. So requests are put together byte by byte, and tests compare all of them.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chronicle/backend.hpp"
#include "transport/http_message.hpp"

namespace chronicle::etcd {

/// A revision number; 0 names none.
using revision = std::int64_t;

/// The revision that `text` spells, 0 when it is not one as etcd writes them.
revision parse_revision(std::string_view text) noexcept;

/// The end of the range of all keys that begin with `prefix` (not empty).
std::string end_of_prefix(std::string prefix);

/// A value that is or was stored.
struct stored {
  std::string key;
  std::string value;
  revision modified = 0;

  stored() = default;
};

/// The value of `key`, now (at 0) or as it was at a revision.
http_request ask_value(std::string_view key, revision at = 0);
http_request ask_put_if(std::string_view key, std::string_view value, std::optional<version> const& expected);
http_request ask_erase_if(std::string_view key, version const& expected);
/// Keys from `from` on that begin with `prefix`, now (at 0) or as they were at a revision.
http_request ask_keys(std::string_view prefix, std::string_view from, revision at, std::size_t limit);
/// What below `prefix` was written after a revision and is still there, oldest first.
http_request ask_values_since(std::string_view prefix, revision after);
http_request ask_authenticate(std::string_view user, std::string_view password);
/// A lease that lasts this long; keys written with it go with it.
http_request ask_lease(std::int64_t seconds);
http_request ask_put(std::string_view key, std::string_view value, std::string_view lease);

/// Nothing when there is no value. An answer that did not come from etcd is an error, not an empty profile.
result<std::optional<stored>> read_value(http_outcome const& outcome, std::string_view key);
put_result read_write(http_outcome const& outcome, std::string_view key);

/// Part of a range, and the revision that it shows.
struct range {
  std::vector<stored> items;
  revision at = 0;
  bool more = false;

  range() = default;
};
result<range> read_range(http_outcome const& outcome);

/// The member `name` of an answer, which has to be a text (a token, a lease's id).
result<std::string> read_text(http_outcome const& outcome, std::string_view name);
/// Whether the request was carried out, for those whose answer says no more.
error_code read_success(http_outcome const& outcome);

/// What an answer says that is none of the expected ones.
error_code describe(http_response const& response);
/// The same for an error that is part of an answer: a gRPC code and its text.
error_code describe(int code, std::string_view message) noexcept;

/// The revision asked for has been compacted: its values are gone.
bool says_compacted(http_outcome const& outcome);
/// Nothing was carried out because our token is missing, unknown or older than the cluster's roles.
bool asks_for_token(http_outcome const& outcome);
bool asks_for_token(int code, std::string_view message) noexcept;
/// There is no need for a token.
bool says_no_authentication(http_outcome const& outcome);
/// The lease that a key was to be written with is gone; nothing was written.
bool says_no_such_lease(http_outcome const& outcome);

/// A number of a JSON object: etcd writes 64-bit ones as texts and leaves zeros out.
std::int64_t read_number(boost::json::object const& object, std::string_view name) noexcept;
/// A text of a JSON object; empty when there is none.
std::string_view find_text(boost::json::object const& object, std::string_view name) noexcept;
/// A key with its value, from a range or a watch. Nothing when it is not one.
std::optional<stored> read_stored(boost::json::object const& kv);

}  // namespace chronicle::etcd
