// What the options of all backends over HTTP have in common: rules about them, and what a client makes of
// them.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/option_rules.hpp"
#include "chronicle/backend.hpp"
#include "chronicle/time_source.hpp"
#include "transport/http_client.hpp"
#include "transport/tls.hpp"

namespace chronicle {

inline bool is_timeout_within(milliseconds value, milliseconds most) {
  return value >= milliseconds(1) && value <= most;
}

/// What may stand in a header as credentials.
inline bool is_token(std::string_view text) {
  return text.size() <= 4096 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// The first broken rule about files, time-outs and sizes; empty when all hold. `tls`: the URL begins with
/// `https`.
template <class Options>
std::string find_http_problem(Options const& o, bool tls) {
  using namespace std::chrono_literals;
  bool const has_key = !o.client_key_file.empty();
  return first_broken({
      {!check_key(o.name_space), "name_space", "1 to 512 bytes of UTF-8 without NUL"},
      {tls || o.ca_file.empty(), "ca_file", "empty unless the url begins with https"},
      {tls || !has_key, "client_key_file", "empty unless the url begins with https"},
      {tls || o.verify, "verify", "true unless the url begins with https"},
      {has_key != o.client_certificate_file.empty(), "client_certificate_file",
       "given together with client_key_file, or neither"},
      {is_timeout_within(o.connect_timeout, 10min), "connect_timeout", "1 ms to 10 min"},
      {is_timeout_within(o.request_timeout, 10min), "request_timeout", "1 ms to 10 min"},
      {is_timeout_within(o.idle_timeout, 1h), "idle_timeout", "1 ms to 1 h"},
      {o.max_connections >= 1 && o.max_connections <= 65535, "max_connections", "1 to 65535"},
      {o.max_value_bytes >= 1024 && o.max_value_bytes <= (std::size_t{256} << 20), "max_value_bytes",
       "1 KiB to 256 MiB"},
      {o.max_response_bytes >= o.max_value_bytes / 2 * 3 && o.max_response_bytes <= (std::size_t{1} << 30),
       "max_response_bytes", "at least one and a half times max_value_bytes and at most 1 GiB"},
  });
}

template <class Options>
http_client_options make_http_client_options(Options const& from, url server) {
  http_client_options to;
  to.server = std::move(server);
  to.connect_timeout = from.connect_timeout;
  to.request_timeout = from.request_timeout;
  to.idle_timeout = from.idle_timeout;
  to.max_connections = from.max_connections;
  to.max_response_bytes = from.max_response_bytes;
  return to;
}

/// TLS over the streams of `below`. Throws a `system_error` that names the file when one cannot be used.
template <class Options>
std::shared_ptr<connector> make_tls_over(std::shared_ptr<connector> below, Options const& from) {
  tls_client_options to;
  to.ca_file = from.ca_file;
  to.certificate_file = from.client_certificate_file;
  to.key_file = from.client_key_file;
  to.verify = from.verify;
  return make_tls_connector(std::move(below), to);
}

}  // namespace chronicle
