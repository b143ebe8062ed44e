// The URL of a server as an administrator writes it: http[s]://host[:port][/base/path].
#pragma once

#include <string>
#include <string_view>

#include "transport/connector.hpp"

namespace chronicle {

struct url {
  bool tls = false;
  endpoint server;
  std::string base_path;  ///< empty or `/a/b`: never a slash at the end

  /// The value of a `Host` header: an IPv6 address in brackets, the port unless it is the scheme's own.
  std::string host_header() const;
};

/// Takes `http` and `https`, a host name or an address (IPv6 in brackets), a port (80 and 443 by default) and
/// a base path; no user name, query or fragment. Throws a `system_error` with `errc::invalid_url` whose text
/// says what is wrong, where, and what would be right.
url parse_url(std::string_view text);

}  // namespace chronicle
