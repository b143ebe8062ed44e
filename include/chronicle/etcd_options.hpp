// How to reach an etcd cluster by its JSON gateway (etcd 3.4 or newer): for the backend and for the message
// bus.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "chronicle/time_source.hpp"

namespace chronicle {

/// The cluster and how to talk to it. Only `endpoints` has to be set.
struct etcd_options {
  /// The client URLs of the cluster's members, `http[s]://host:port`; all with the same scheme. At least one.
  /// The first one is asked as long as it answers, then the next: give them to each game server in another
  /// order to spread the load.
  std::vector<std::string> endpoints;
  /// Keeps the keys of several games apart in one cluster: records are at `{name_space}/kv/{key}`, messages
  /// at `{name_space}/bus/{topic}/`. 1 to 512 bytes of UTF-8 without NUL and slash.
  std::string name_space = "chronicle";

  /// Who we are, where the cluster has authentication enabled; the role has to reach all of `{name_space}/`.
  /// Both or none. The token they are exchanged for is renewed whenever etcd does not know it any more. Use
  /// `https` with it outside of one machine.
  std::string user;
  std::string password;  ///< see `user`

  /// A token of one's own instead (a JWT, say), which is not renewed. Visible ASCII; sent as it is.
  std::string token;

  /// Certificate authorities to trust, a PEM file; empty trusts those of the system. `https` only, as are the
  /// next three.
  std::string ca_file;
  /// Our own certificate and its private key, PEM files, for clusters that ask for one. Both or none. Where
  /// etcd also has authentication enabled its gateway refuses certificates with a common name: leave the
  /// subject's CN out.
  std::string client_certificate_file;
  std::string client_key_file;  ///< see `client_certificate_file`

  /// Whether a member's certificate has to be valid and made out to its host. Without it anybody in between
  /// can read and change everything.
  bool verify = true;

  /// Looking up a member's host, connecting and the TLS handshake together. Short, for the next member may be
  /// well. 1 ms to 10 min.
  milliseconds connect_timeout = std::chrono::seconds{1};
  /// One member's answer to a request, from the call to the last byte. etcd gives up by itself after 7 s. 1
  /// ms to 10 min.
  milliseconds request_timeout = std::chrono::seconds{10};
  /// An unused connection is closed after this long. 1 ms to 1 h.
  milliseconds idle_timeout = std::chrono::seconds{30};
  /// Connections at a time of each store to each member; further requests wait. 1 to 65,535.
  std::size_t max_connections = 64;
  /// Larger values are refused before they are sent. By default a little less than etcd's own limit for a
  /// whole request (`--max-request-bytes`, 1.5 MiB). 1 KiB to 256 MiB.
  std::size_t max_value_bytes = 1'500'000;
  /// Larger answers are refused, announced or not. At least one and a half times `max_value_bytes` (values
  /// come in base64), at most 1 GiB.
  std::size_t max_response_bytes = std::size_t{16} * 1024 * 1024;

  etcd_options() = default;
};

/// The first thing wrong with `options`, as "member: must be what would be right"; empty when all is
/// well. Does not look into files.
std::string find_problem(etcd_options const& options);

}  // namespace chronicle
