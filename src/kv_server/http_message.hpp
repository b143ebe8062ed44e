// Requests and responses as values, so that everything the server decides can be tested without a connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chronicle/time_source.hpp"

namespace chronicle::kv {

/// Header fields in order of arrival. Names are matched without regard to case.
class header_fields {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  std::size_t count(std::string_view name) const;
  /// The value of the first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The values of all fields of that name, joined by commas (RFC 9110, section 5.3). Absent if there is
  /// none.
  std::optional<std::string> joined(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// ASCII letters without regard to case.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// `text` without spaces and tabs around it.
std::string_view trim(std::string_view text) noexcept;

/// True when `item` is one of `list`, whose items are separated by ", ".
bool is_listed(std::string_view item, std::string_view list) noexcept;

/// The head of a request; its body comes later.
struct request {
  std::string method;
  std::string target;
  header_fields fields;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool old_version = false;  ///< HTTP/1.0
  bool keep_alive = true;    ///< the client would use the connection again

  request() = default;
  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

struct response {
  int status = 200;
  header_fields fields;
  std::string body;

  response() = default;
  explicit response(int s) : status(s) {}
  response& with(std::string name, std::string value) & {
    fields.add(std::move(name), std::move(value));
    return *this;
  }
  response&& with(std::string name, std::string value) && {
    fields.add(std::move(name), std::move(value));
    return std::move(*this);
  }
};

/// The status line and the fields of `r`, with `Date`, `Server`, `Cache-Control`, `Content-Length` where
/// there may be one, and `Connection: close` when the connection ends after it.
std::string format_head(response const& r, wall_time_point now, bool close);

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
std::string format_http_date(wall_time_point t);

}  // namespace chronicle::kv
