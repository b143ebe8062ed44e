// An HTTP request and its answer as plain values, and what is known when there was no answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chronicle/error.hpp"
#include "chronicle/shared_bytes.hpp"

namespace chronicle {

struct http_header {
  std::string name;
  std::string value;

  http_header() = default;
  http_header(std::string n, std::string v) : name(std::move(n)), value(std::move(v)) {}
};

using http_headers = std::vector<http_header>;

/// The value of the first header of this name, in whatever case; nothing when there is none.
std::optional<std::string_view> find_header(http_headers const& headers, std::string_view name) noexcept;

struct http_request {
  std::string method;  ///< any but HEAD and CONNECT, whose answers are framed differently
  std::string target;  ///< path and query, to be put after the base path of the server's URL
  http_headers headers;
  shared_bytes body;
  bool repeatable = false;  ///< changes nothing on the server, so it may be sent twice

  http_request() = default;
  http_request(std::string m, std::string t) : method(std::move(m)), target(std::move(t)) {
    repeatable = method == "GET";
  }
};

struct http_response {
  unsigned status = 0;
  http_headers headers;
  std::string body;

  http_response() = default;
};

/// What became of a request. Without an error there is a response.
struct http_outcome {
  error_code ec;
  /// With an error: bytes of the request were sent, so it may have been carried out, or still will be. False
  /// means that it definitely was not and never will be.
  bool sent = false;
  http_response response;

  http_outcome() = default;
  http_outcome(error_code e, bool s) : ec(e), sent(s) {}
};

}  // namespace chronicle
