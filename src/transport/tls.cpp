#include "transport/tls.hpp"

#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/system_error.hpp>

namespace chronicle {
namespace {

namespace ssl = asio::ssl;

/// What Asio's TLS stream asks of the layer below.
class carrier {
 public:
  using lowest_layer_type = carrier;
  using executor_type = any_stream::executor_type;

  explicit carrier(std::unique_ptr<byte_stream> stream) : stream_(std::move(stream)) {}
  executor_type get_executor() const { return stream_.get_executor(); }
  lowest_layer_type& lowest_layer() { return *this; }
  lowest_layer_type const& lowest_layer() const { return *this; }
  byte_stream& bytes() noexcept { return stream_.bytes(); }

  template <class Buffers, class Token>
  auto async_read_some(Buffers const& buffers, Token&& token) {
    return stream_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(Buffers const& buffers, Token&& token) {
    return stream_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  any_stream stream_;
};

class tls_stream final : public byte_stream {
 public:
  tls_stream(std::unique_ptr<byte_stream> below, std::shared_ptr<ssl::context> context)
      : context_(std::move(context)), ssl_(std::move(below), *context_) {}

  asio::any_io_executor get_executor() const override { return ssl_.next_layer().get_executor(); }

  void read_some(asio::mutable_buffer into, io_handler handler) override {
    ssl_.async_read_some(into, std::move(handler));
  }
  void write_some(const_buffers from, io_handler handler) override {
    ssl_.async_write_some(from, std::move(handler));
  }

  asio::awaitable<error_code> shutdown() override {
    auto goodbye = ssl_.async_shutdown(asio::as_tuple(asio::deferred));
    auto const [ec] = co_await std::move(goodbye);
    if (ec == asio::error::operation_aborted) co_return ec;
    auto const below = co_await ssl_.next_layer().bytes().shutdown();
    co_return ec == ssl::error::stream_truncated || ec == asio::error::eof ? below : ec;
  }

  void close() noexcept override { ssl_.next_layer().bytes().close(); }

  bool is_quiet() override {
    auto* const handle = ssl_.native_handle();
    bool const nothing_decoded = SSL_pending(handle) == 0 && BIO_pending(SSL_get_rbio(handle)) == 0;
    return nothing_decoded && ssl_.next_layer().bytes().is_quiet();
  }

  asio::awaitable<error_code> handshake(ssl::stream_base::handshake_type side) {
    auto operation = ssl_.async_handshake(side, asio::as_tuple(asio::deferred));
    auto const [ec] = co_await std::move(operation);
    co_return ec;
  }

  /// The host in the certificate has to be this one.
  error_code expect_host(std::string const& host) {
    error_code ec;
    ssl_.set_verify_callback(ssl::host_name_verification(host), ec);
    return ec;
  }

  /// Tells the server which of its hosts we want (RFC 6066, section 3; not for addresses).
  error_code announce_host(std::string const& host) {
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (!not_an_address) return {};
    bool const done = SSL_set_tlsext_host_name(ssl_.native_handle(), host.c_str()) == 1;
    return done ? error_code{} : error_code(asio::error::no_memory);
  }

 private:
  std::shared_ptr<ssl::context> context_;
  ssl::stream<carrier> ssl_;
};

void must_work(error_code const& ec, char const* what, std::string const& file) {
  if (ec) throw boost::system::system_error(ec, std::string(what) + " \"" + file + "\"");
}

std::shared_ptr<ssl::context> make_context() {
  auto context = std::make_shared<ssl::context>(ssl::context::tls);
  bool const done = SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) == 1;
  must_work(done ? error_code{} : error_code(asio::error::operation_not_supported), "protocol", "TLS 1.2");
  return context;
}

void use_certificate(ssl::context& context, std::string const& certificate_file,
                     std::string const& key_file) {
  error_code ec;
  context.use_certificate_chain_file(certificate_file, ec);
  must_work(ec, "certificate file", certificate_file);
  context.use_private_key_file(key_file, ssl::context::pem, ec);  // also checks that it fits the certificate
  must_work(ec, "private key file", key_file);
}

class tls_connector final : public connector {
 public:
  tls_connector(std::shared_ptr<connector> below, tls_client_options const& options)
      : below_(std::move(below)), context_(make_context()), verify_(options.verify) {
    // Servers that also speak HTTP/2 choose by this (RFC 7301).
    static constexpr unsigned char http_1_1[] = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(context_->native_handle(), http_1_1, sizeof http_1_1 - 1);
    error_code ec;
    if (options.ca_file.empty()) {
      context_->set_default_verify_paths(ec);
      must_work(ec, "certificate authorities of", "the system");
    } else {
      context_->load_verify_file(options.ca_file, ec);
      must_work(ec, "certificate authority file", options.ca_file);
    }
    if (!options.certificate_file.empty())
      use_certificate(*context_, options.certificate_file, options.key_file);
    context_->set_verify_mode(verify_ ? ssl::verify_peer : ssl::verify_none);
  }

  asio::awaitable<result<std::unique_ptr<byte_stream>>> connect(endpoint to,
                                                                asio::any_io_executor executor) override {
    auto below = co_await below_->connect(to, executor);
    if (!below) co_return below.error();
    auto stream = std::make_unique<tls_stream>(std::move(*below), context_);
    auto ec = stream->announce_host(to.host);
    if (!ec && verify_) ec = stream->expect_host(to.host);
    if (ec) co_return ec;
    ec = co_await stream->handshake(ssl::stream_base::client);
    if (ec) co_return ec;
    co_return std::move(stream);
  }

 private:
  std::shared_ptr<connector> below_;
  std::shared_ptr<ssl::context> context_;
  bool verify_;
};

class tls_server final : public tls_acceptor {
 public:
  explicit tls_server(tls_server_options const& options) : context_(make_context()) {
    use_certificate(*context_, options.certificate_file, options.key_file);
    if (options.client_ca_file.empty()) return;
    error_code ec;
    context_->load_verify_file(options.client_ca_file, ec);
    must_work(ec, "client certificate authority file", options.client_ca_file);
    context_->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    // OpenSSL refuses to resume sessions of clients with certificates without a name for who resumes them.
    static constexpr unsigned char name[] = "chronicle";
    SSL_CTX_set_session_id_context(context_->native_handle(), name, sizeof name - 1);
  }

  asio::awaitable<result<std::unique_ptr<byte_stream>>> handshake(
      std::unique_ptr<byte_stream> accepted) override {
    auto stream = std::make_unique<tls_stream>(std::move(accepted), context_);
    auto const ec = co_await stream->handshake(ssl::stream_base::server);
    if (ec) co_return ec;
    co_return std::move(stream);
  }

 private:
  std::shared_ptr<ssl::context> context_;
};

}  // namespace

std::shared_ptr<connector> make_tls_connector(std::shared_ptr<connector> below,
                                              tls_client_options const& options) {
  return std::make_shared<tls_connector>(std::move(below), options);
}

std::shared_ptr<tls_acceptor> make_tls_acceptor(tls_server_options const& options) {
  return std::make_shared<tls_server>(options);
}

}  // namespace chronicle
