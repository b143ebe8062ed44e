// Requests as a line of a table.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kv_server/http_message.hpp"

namespace chronicle::kv::test {

using field_list = std::initializer_list<std::pair<char const*, char const*>>;

/// A request as the reader hands it on; PUT and POST have a body of five bytes.
inline request make_request(std::string method, std::string target, field_list fields = {}) {
  request r;
  bool const has_body = method == "PUT" || method == "POST";
  r.method = std::move(method);
  r.target = std::move(target);
  r.fields.add("Host", "localhost");
  for (auto const& [name, value] : fields) r.fields.add(name, value);
  if (has_body) r.content_length = 5;
  return r;
}

/// `slug` of a problem's type; empty when the body is none.
inline std::string slug_of(response const& r) {
  constexpr std::string_view before = "\"urn:chronicle-kv:";
  auto const at = r.body.find(before);
  if (at == std::string::npos) return {};
  auto const begin = at + before.size();
  return r.body.substr(begin, r.body.find('"', begin) - begin);
}

inline std::string field_of(response const& r, std::string_view name) {
  return std::string(r.fields.find(name).value_or("(absent)"));
}

}  // namespace chronicle::kv::test
