// TLS over any stream: the connector of clients, which checks whom it talks to, and the server's side of the
// handshake.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "transport/connector.hpp"

namespace chronicle {

/// Whom a client trusts and who it is. Files are PEM.
struct tls_client_options {
  std::string ca_file;           ///< trust these certificate authorities; empty: those of the system
  std::string certificate_file;  ///< our certificate and its chain; empty: none
  std::string key_file;          ///< the private key of our certificate
  bool verify = true;            ///< without it anybody in between can read and change everything

  tls_client_options() = default;
};

/// TLS 1.2 or newer over the streams of `below`. The peer's certificate has to be valid and made out to the
/// host's name or address. Throws a `system_error` that names the file when one cannot be used.
std::shared_ptr<connector> make_tls_connector(std::shared_ptr<connector> below,
                                              tls_client_options const& options);

/// Who a server is and whom it lets in. Files are PEM.
struct tls_server_options {
  std::string certificate_file;  ///< its certificate and chain
  std::string key_file;          ///< the private key of the certificate
  std::string client_ca_file;    ///< when set, clients need a certificate of one of these authorities

  tls_server_options() = default;
};

/// Turns accepted streams into TLS streams. Safe to use by several coroutines at once.
class tls_acceptor {
 public:
  virtual ~tls_acceptor() = default;
  /// Waits as long as the client takes: give it a deadline. Cancellable (terminal).
  virtual asio::awaitable<result<std::unique_ptr<byte_stream>>> handshake(
      std::unique_ptr<byte_stream> accepted) = 0;
};

/// Throws a `system_error` that names the file when one cannot be used.
std::shared_ptr<tls_acceptor> make_tls_acceptor(tls_server_options const& options);

}  // namespace chronicle
