// How to reach a server that speaks our REST dialect (`chronicle-kv` does): for the backend and for the
// message bus.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "chronicle/time_source.hpp"

namespace chronicle {

/// The server and how to talk to it. Only `url` has to be set.
struct rest_options {
  /// `http[s]://host[:port][/base/path]`; an IPv6 address in brackets. Required. No user name, query or
  /// fragment.
  std::string url;
  /// Keeps the keys of several games apart on one server. 1 to 512 bytes of UTF-8 without NUL.
  std::string name_space = "default";
  /// Sent as `Authorization: Bearer`; empty sends none. Visible ASCII, up to 4096 bytes. Use `https` with it
  /// outside of one machine.
  std::string bearer_token;

  /// Certificate authorities to trust, a PEM file; empty trusts those of the system. `https` only, as are the
  /// next three.
  std::string ca_file;
  /// Our own certificate and its private key, PEM files, for servers that ask for one. Both or none.
  std::string client_certificate_file;
  std::string client_key_file;  ///< see `client_certificate_file`

  /// Whether the server's certificate has to be valid and made out to the host of `url`. Without it anybody
  /// in between can read and change everything.
  bool verify = true;

  /// Looking up the host, connecting and the TLS handshake together. 1 ms to 10 min.
  milliseconds connect_timeout = std::chrono::seconds{3};
  /// A request from the call to the last byte of its answer, waiting for a connection included. 1 ms to 10
  /// min.
  milliseconds request_timeout = std::chrono::seconds{10};
  /// An unused connection is closed after this long; less than the server's own patience. 1 ms to 1 h.
  milliseconds idle_timeout = std::chrono::seconds{30};
  /// Connections at a time for each store; further requests wait their turn. 1 to 65,535.
  std::size_t max_connections = 64;
  /// Larger values are refused before they are sent; no more than the server takes. 1 KiB to 256 MiB.
  std::size_t max_value_bytes = std::size_t{4} * 1024 * 1024;
  /// Larger answers are refused, announced or not. At least one and a half times `max_value_bytes` (values
  /// also come in base64), at most 1 GiB.
  std::size_t max_response_bytes = std::size_t{16} * 1024 * 1024;

  rest_options() = default;
};

/// The first thing wrong with `options`, as "member: must be what would be right"; empty when all is
/// well. Does not look into files.
std::string find_problem(rest_options const& options);

}  // namespace chronicle
