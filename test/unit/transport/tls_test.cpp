// TLS over streams in memory: whom a client accepts, whom a server accepts, how a conversation ends.
#include "transport/tls.hpp"

#include <openssl/conf.h>
#include <openssl/ssl.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "support/certificates.hpp"
#include "support/stream_io.hpp"
#include "support/temporary_folder.hpp"
#include "support/virtual_context.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle {
namespace {

asio::awaitable<void> serve_one(listener& at, tls_acceptor& acceptor, error_code& seen) {
  auto const executor = co_await asio::this_coro::executor;
  auto accepted = co_await at.accept(executor);
  auto stream = co_await acceptor.handshake(std::move(*accepted));
  seen = stream ? error_code{} : stream.error();
  if (!stream) co_return;
  auto const asked = co_await test::read(**stream);
  co_await test::write(**stream, "you said " + asked.bytes);
  auto const end = co_await test::read(**stream);
  seen = end.ec;
  co_await (*stream)->shutdown();
}

asio::awaitable<std::string> converse(connector& client, endpoint to, bool say_goodbye) {
  auto const executor = co_await asio::this_coro::executor;
  auto stream = co_await client.connect(to, executor);
  if (!stream) co_return stream.error().message();
  co_await test::write(**stream, "hello");
  auto const answer = co_await test::read(**stream);
  if (answer.ec) co_return answer.ec.message();
  bool const quiet = (*stream)->is_quiet();
  error_code goodbye;
  if (say_goodbye) goodbye = co_await (*stream)->shutdown();
  co_return answer.bytes + (quiet ? "" : ", and more") + (goodbye ? goodbye.message() : "");
}

struct tls_world : test::virtual_context {
  test::temporary_folder folder;
  test::certificate_authority ours{"our authority"};
  test::certificate_authority theirs{"another authority"};
  std::shared_ptr<memory_network> network = std::make_shared<memory_network>();
  tls_client_options client;
  tls_server_options server;
  error_code server_saw;

  tls_world() {
    client.ca_file = folder.write("ca.pem", ours.certificate());
    use("DNS:kv.test,IP:127.0.0.1");
  }

  void use(test::identity const& who) {
    server.certificate_file = folder.write("server.pem", who.certificate);
    server.key_file = folder.write("server.key", who.key);
  }
  void use(std::string const& names, int days = 1) { use(ours.issue(names, days)); }

  void give_client(test::identity const& who) {
    client.certificate_file = folder.write("client.pem", who.certificate);
    client.key_file = folder.write("client.key", who.key);
  }

  /// What a client that connects to `host` hears.
  std::string talk(std::string const& host = "kv.test", bool say_goodbye = true) {
    auto const acceptor = make_tls_acceptor(server);
    auto const connecting = make_tls_connector(network, client);
    auto listening = network->listen({host, 443}, executor());
    asio::co_spawn(executor(), serve_one(**listening, *acceptor, server_saw), asio::detached);
    auto heard = run(converse(*connecting, {host, 443}, say_goodbye));
    run_to_quiescence();
    return heard;
  }
};

/// A machine whose administrator lets everybody speak TLS 1.0: what is refused on it is refused by us.
class lax_machine {
 public:
  explicit lax_machine(test::temporary_folder const& folder) {
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, nullptr);  // or it would undo ours when it is first used
    auto const configuration =
        folder.write("openssl.cnf",
                     "openssl_conf = all\n[all]\nssl_conf = ssl\n"
                     "[ssl]\nsystem_default = lax\n"
                     "[lax]\nMinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=0\n");
    BOOST_REQUIRE(CONF_modules_load_file(configuration.c_str(), nullptr, 0) == 1);
  }
  ~lax_machine() {
    CONF_modules_finish();
    CONF_modules_load_file(nullptr, nullptr, CONF_MFLAGS_IGNORE_MISSING_FILE | CONF_MFLAGS_DEFAULT_SECTION);
  }
  lax_machine(lax_machine const&) = delete;
  lax_machine& operator=(lax_machine const&) = delete;
};

/// A peer that has not heard of newer versions than `newest`. Its second handshake as a client is to resume
/// the session of the first.
class old_peer {
 public:
  explicit old_peer(int newest) {
    BOOST_REQUIRE(SSL_CTX_set_max_proto_version(context_.native_handle(), newest) == 1);
  }

  asio::ssl::context& context() noexcept { return context_; }
  /// Did the last handshake resume a session?
  bool has_resumed() const noexcept { return has_resumed_; }

  /// `side` is SSL_set_connect_state or SSL_set_accept_state. True when it came to an understanding with who
  /// is at the other end of `stream`.
  asio::awaitable<bool> shake_hands(byte_stream& stream, void (*side)(SSL*)) {
    std::unique_ptr<SSL, decltype(&SSL_free)> const ssl(SSL_new(context_.native_handle()), &SSL_free);
    auto* const in = BIO_new(BIO_s_mem());
    auto* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), in, out);
    side(ssl.get());
    if (session_) SSL_set_session(ssl.get(), session_.get());
    while (true) {
      int const progress = SSL_do_handshake(ssl.get());
      char* to_send = nullptr;
      auto const size = static_cast<std::size_t>(BIO_get_mem_data(out, &to_send));
      co_await test::write(stream, std::string(to_send, size));
      BIO_reset(out);
      if (progress == 1) break;
      if (SSL_get_error(ssl.get(), progress) != SSL_ERROR_WANT_READ) co_return false;
      auto const got = co_await test::read(stream);
      if (got.ec) co_return false;
      BIO_write(in, got.bytes.data(), static_cast<int>(got.size));
    }
    has_resumed_ = SSL_session_reused(ssl.get()) == 1;
    session_.reset(SSL_get1_session(ssl.get()));
    SSL_set_quiet_shutdown(ssl.get(), 1);  // OpenSSL does not resume what ended without a goodbye
    SSL_shutdown(ssl.get());
    co_return true;
  }

 private:
  asio::ssl::context context_{asio::ssl::context::tls};
  std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session_{nullptr, &SSL_SESSION_free};
  bool has_resumed_ = false;
};

asio::awaitable<bool> connect_by(connector& plain, old_peer& peer) {
  auto const executor = co_await asio::this_coro::executor;
  auto connecting = plain.connect(endpoint("kv.test", 443), executor);
  auto stream = co_await std::move(connecting);
  bool const welcome = co_await peer.shake_hands(**stream, SSL_set_connect_state);
  co_return welcome;
}

bool is_refusal(std::string const& heard) {
  return heard.find("certificate verify failed") != std::string::npos;
}

BOOST_FIXTURE_TEST_SUITE(tls, tls_world)

BOOST_AUTO_TEST_CASE(a_trusted_host_is_talked_to_and_goodbyes_are_exchanged) {
  BOOST_TEST(talk() == "you said hello");
  BOOST_TEST(server_saw == asio::error::eof);
  BOOST_TEST(talk("127.0.0.1") == "you said hello");
}

BOOST_AUTO_TEST_CASE(a_stream_cut_without_goodbye_is_not_taken_for_its_end) {
  BOOST_TEST(talk("kv.test", false) == "you said hello");
  BOOST_TEST(server_saw == asio::ssl::error::stream_truncated);
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_host_is_refused) {
  use("DNS:other.test,IP:127.0.0.2");
  BOOST_TEST(is_refusal(talk()));
  BOOST_TEST(is_refusal(talk("127.0.0.1")));
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused) {
  use("DNS:kv.test", -1);
  BOOST_TEST(is_refusal(talk()));
}

BOOST_AUTO_TEST_CASE(an_unknown_authority_is_refused) {
  use(theirs.issue("DNS:kv.test"));
  BOOST_TEST(is_refusal(talk()));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_vouches_for_itself_is_refused) {
  use(test::make_self_signed("DNS:kv.test"));
  BOOST_TEST(is_refusal(talk()));
  // Unless it is what we were told to trust.
  client.ca_file = server.certificate_file;
  BOOST_TEST(talk() == "you said hello");
}

BOOST_AUTO_TEST_CASE(verification_is_on_unless_switched_off) {
  BOOST_TEST(tls_client_options().verify);
}

BOOST_AUTO_TEST_CASE(the_system_does_not_know_our_authority) {
  client.ca_file.clear();
  BOOST_TEST(is_refusal(talk()));
}

BOOST_AUTO_TEST_CASE(verification_can_be_switched_off) {
  use(theirs.issue("DNS:other.test", -1));
  client.verify = false;
  BOOST_TEST(talk() == "you said hello");
}

BOOST_AUTO_TEST_CASE(a_server_may_ask_for_a_certificate) {
  server.client_ca_file = client.ca_file;
  give_client(ours.issue("DNS:game-server"));
  BOOST_TEST(talk() == "you said hello");
  give_client(theirs.issue("DNS:game-server"));
  BOOST_TEST(talk() != "you said hello");
  BOOST_TEST(server_saw.message().find("certificate verify failed") != std::string::npos,
             server_saw.message());
  client.certificate_file.clear();
  BOOST_TEST(talk() != "you said hello");
}

BOOST_AUTO_TEST_CASE(clients_with_certificates_may_resume_their_sessions) {
  server.client_ca_file = client.ca_file;
  give_client(ours.issue("DNS:game-server"));
  old_peer peer(TLS1_2_VERSION);  // with newer ones a session can be resumed only after data was received
  peer.context().use_certificate_file(client.certificate_file, asio::ssl::context::pem);
  peer.context().use_private_key_file(client.key_file, asio::ssl::context::pem);
  auto const acceptor = make_tls_acceptor(server);
  auto listening = network->listen({"kv.test", 443}, executor());
  for (bool const has_been_here : {false, true}) {
    asio::co_spawn(executor(), serve_one(**listening, *acceptor, server_saw), asio::detached);
    bool const welcome = run(connect_by(*network, peer));
    BOOST_TEST(welcome, server_saw.message());
    BOOST_TEST(peer.has_resumed() == has_been_here);
    run_to_quiescence();
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_speak_tls_is_an_error) {
  auto listening = network->listen({"kv.test", 443}, executor());
  auto talk_plainly = [](listener& at) -> asio::awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    auto stream = co_await at.accept(executor);
    co_await test::write(**stream, "HTTP/1.1 400 Bad Request\r\n\r\n");
  };
  asio::co_spawn(executor(), talk_plainly(**listening), asio::detached);
  auto const connecting = make_tls_connector(network, client);
  auto const heard = run(converse(*connecting, {"kv.test", 443}, false));
  BOOST_TEST(heard.find("wrong version number") != std::string::npos, heard);
}

BOOST_AUTO_TEST_CASE(servers_that_speak_no_newer_tls_than_1_1_are_refused) {
  lax_machine const machine(folder);
  auto serve_by = [](listener& at, old_peer& peer) -> asio::awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    auto stream = co_await at.accept(executor);
    co_await peer.shake_hands(**stream, SSL_set_accept_state);
  };
  auto const connect_to = [&](int newest) {
    old_peer peer(newest);
    peer.context().use_certificate_file(server.certificate_file, asio::ssl::context::pem);
    peer.context().use_private_key_file(server.key_file, asio::ssl::context::pem);
    auto listening = network->listen({"kv.test", 443}, executor());
    asio::co_spawn(executor(), serve_by(**listening, peer), asio::detached);
    auto const connecting = make_tls_connector(network, client);
    auto const stream = run(connecting->connect({"kv.test", 443}, executor()));
    return stream ? "welcome" : stream.error().message();
  };
  BOOST_TEST(connect_to(TLS1_2_VERSION) == "welcome");
  auto const heard = connect_to(TLS1_1_VERSION);
  BOOST_TEST(heard.find("protocol version") != std::string::npos, heard);
}

BOOST_AUTO_TEST_CASE(clients_that_speak_no_newer_tls_than_1_1_are_refused) {
  lax_machine const machine(folder);
  auto const accept_from = [&](int newest) {
    old_peer peer(newest);
    auto const acceptor = make_tls_acceptor(server);
    auto listening = network->listen({"kv.test", 443}, executor());
    asio::co_spawn(executor(), serve_one(**listening, *acceptor, server_saw), asio::detached);
    bool const welcome = run(connect_by(*network, peer));
    run_to_quiescence();
    return welcome;
  };
  BOOST_TEST(accept_from(TLS1_2_VERSION));
  BOOST_TEST(!accept_from(TLS1_1_VERSION));
  BOOST_TEST(server_saw.message().find("unsupported protocol") != std::string::npos, server_saw.message());
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_named) {
  auto const says = [](auto&& make) -> std::string {
    try {
      make();
    } catch (boost::system::system_error const& e) {
      return e.what();
    }
    return "nothing";
  };
  auto const path = (folder.path() / "missing.pem").string();
  tls_client_options wrong;
  wrong.ca_file = path;
  auto const missing_ca = says([&] { make_tls_connector(network, wrong); });
  BOOST_TEST(missing_ca.find("certificate authority file \"" + path) != std::string::npos, missing_ca);
  wrong = client;
  wrong.certificate_file = folder.write("text.pem", "no certificate");
  auto const no_certificate = says([&] { make_tls_connector(network, wrong); });
  BOOST_TEST(no_certificate.find("text.pem") != std::string::npos, no_certificate);
  tls_server_options mixed = server;
  mixed.key_file = folder.write("other.key", ours.issue("DNS:x").key);
  auto const mismatch = says([&] { make_tls_acceptor(mixed); });
  BOOST_TEST(mismatch.find("key values mismatch") != std::string::npos, mismatch);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
