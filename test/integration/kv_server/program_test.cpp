// The program chronicle-kv: its command line, its errors, its signals, TLS, and crowds of connections.
#include <signal.h>
#include <sys/resource.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <filesystem>
#include <fstream>

#include "integration/kv_server/blocking_client.hpp"
#include "support/certificates.hpp"
#include "support/contains.hpp"
#include "support/kv_process.hpp"
#include "support/temporary_folder.hpp"

namespace chronicle::test {
namespace {

void write_file(std::string const& path, std::string const& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// Runs the program to its end.
struct finished {
  int status = 0;
  std::string output;
  std::string errors;

  explicit finished(std::vector<std::string> arguments) {
    child_process process(kv_command(std::move(arguments)));
    status = process.wait();
    output = process.read_output();
    errors = process.read_errors();
  }
};

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program)

BOOST_AUTO_TEST_CASE(help_and_version_are_answers) {
  finished const help({"--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(contains(help.output, "--database FILE"));
  finished const version({"--version"});
  BOOST_TEST(version.status == 0);
  BOOST_TEST(version.output.starts_with("chronicle-kv "));
}

BOOST_AUTO_TEST_CASE(a_bad_command_line_is_status_2_and_a_sentence_that_names_it) {
  temporary_folder folder;
  write_file(folder.file("empty"), "");
  write_file(folder.file("blank"), "\nsecret\n");
  write_file(folder.file("text.db"), std::string(5000, 'x'));
  struct {
    std::vector<std::string> arguments;
    std::string hint;
  } const cases[] = {
      {{}, "--database FILE or --memory"},
      {{"--memory", "--database", folder.file("a.db")}, "--database FILE or --memory"},
      {{"--memory", "--bogus"}, "--bogus"},
      {{"--memory", "--thread", "1"}, "--thread"},
      {{"--memory", "extra"}, "positional"},
      {{"--memory", "--listen"}, "--listen"},
      {{"--memory", "--listen", "127.0.0.1"}, "--listen"},
      {{"--memory", "--listen", "127.0.0.1:99999"}, "--listen"},
      {{"--memory", "--listen", ":1"}, "--listen"},
      {{"--memory", "--listen", "example.com:0"}, "not an IP address"},
      {{"--memory", "--listen", "0.0.0.0:0"}, "no token"},
      {{"--memory", "--listen", "[::]:0"}, "no token"},
      {{"--memory", "--listen", "192.0.2.1:0", "--token", "x"}, "192.0.2.1"},
      {{"--memory", "--threads", "0"}, "--threads"},
      {{"--memory", "--threads", "-1"}, "--threads"},
      {{"--memory", "--versions", "many"}, "--versions"},
      {{"--memory", "--idle-seconds", "1.5"}, "--idle-seconds"},
      {{"--memory", "--max-value-bytes", "99999999999"}, "--max-value-bytes"},
      {{"--memory", "--log-level", "loud"}, "--log-level"},
      {{"--memory", "--token", ""}, "--token"},
      {{"--memory", "--token", "two words"}, "token"},
      {{"--memory", "--token", "a", "--token-file", "b"}, "--token-file"},
      {{"--memory", "--token-file", folder.file("absent")}, "No such file"},
      {{"--memory", "--token-file", folder.file("empty")}, "it is empty"},
      {{"--memory", "--token-file", folder.file("blank")}, "must be the token, and is empty"},
      {{"--memory", "--tls-key", folder.file("absent")}, "tls_certificate_file"},
      {{"--memory", "--tls-cert", folder.file("absent"), "--tls-key", folder.file("absent")},
       folder.file("absent")},
      {{"--database", folder.path().string()}, "Is a directory"},
      {{"--database", folder.file("no/such/folder.db")}, "No such file"},
      {{"--database", folder.file("text.db")}, "not an SQLite database"},
  };
  for (auto const& c : cases) {
    finished const run(c.arguments);
    BOOST_TEST(run.status == 2, c.hint << ": status " << run.status);
    BOOST_TEST(contains(run.errors, c.hint), "wanted '" << c.hint << "' in: " << run.errors);
    BOOST_TEST(run.output.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_port_and_a_file_in_use_are_named) {
  temporary_folder folder;
  kv_process first({"--database", folder.file("store.db")});
  finished const port({"--memory", "--listen", "127.0.0.1:" + std::to_string(first.port())});
  BOOST_TEST(port.status == 2);
  BOOST_TEST(contains(port.errors, "Address already in use"));
  BOOST_TEST(contains(port.errors, std::to_string(first.port())));
  finished const file({"--database", folder.file("store.db"), "--listen", "127.0.0.1:0"});
  BOOST_TEST(file.status == 2);
  BOOST_TEST(contains(file.errors, "in use by another chronicle-kv"));
}

BOOST_AUTO_TEST_CASE(a_database_is_readable_by_its_owner_alone) {
  temporary_folder folder;
  kv_process server({"--database", folder.file("store.db")});
  auto const others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  for (auto const& entry : std::filesystem::directory_iterator(folder.path()))
    BOOST_TEST(((entry.status().permissions() & others) == std::filesystem::perms::none), entry.path());
}

BOOST_AUTO_TEST_CASE(a_token_may_come_from_an_argument_a_file_or_the_environment) {
  temporary_folder folder;
  write_file(folder.file("token"), "s3cret\nnot this\n");
  auto const try_it = [](kv_process& server) {
    auto const status = [&](std::string const& fields) {
      blocking_client client(server.port());
      return client.ask("GET", "/v1/kv/n/k", fields).value().status;
    };
    BOOST_TEST(status("") == 401);
    BOOST_TEST(status("Authorization: Bearer wrong\r\n") == 401);
    BOOST_TEST(status("Authorization: Bearer s3cret\r\n") == 404);
    server.process().send_signal(SIGINT);
    BOOST_TEST(server.process().wait() == 0);
    BOOST_TEST(!contains(server.process().read_errors(), "s3cret"));
  };
  kv_process by_argument({"--memory", "--token", "s3cret", "--log-level", "debug"});
  try_it(by_argument);
  kv_process by_file({"--memory", "--token-file", folder.file("token")});
  try_it(by_file);
  kv_process by_environment({"--memory"}, {"CHRONICLE_KV_TOKEN=s3cret"});
  try_it(by_environment);
}

BOOST_AUTO_TEST_CASE(tls_is_served_and_plain_text_is_not) {
  temporary_folder folder;
  certificate_authority const authority("test CA");
  auto const identity = authority.issue("IP:127.0.0.1");
  write_file(folder.file("cert.pem"), identity.certificate);
  write_file(folder.file("key.pem"), identity.key);
  kv_process server({"--memory", "--tls-cert", folder.file("cert.pem"), "--tls-key", folder.file("key.pem")});
  asio::io_context context;
  asio::ssl::context trust(asio::ssl::context::tls_client);
  trust.add_certificate_authority(asio::buffer(authority.certificate()));
  asio::ssl::stream<asio::ip::tcp::socket> stream(context, trust);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.next_layer().connect({asio::ip::address_v4::loopback(), server.port()});
  stream.handshake(asio::ssl::stream_base::client);
  asio::write(stream, asio::buffer(std::string("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")));
  std::string answer;
  asio::read_until(stream, asio::dynamic_buffer(answer), "ok\n");
  BOOST_TEST(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  blocking_client plain(server.port());
  BOOST_TEST(!plain.ask("GET", "/healthz"));
}

BOOST_AUTO_TEST_CASE(ten_thousand_idle_connections_do_not_keep_others_out) {
  raise_descriptor_limit();
  kv_process server({"--memory", "--max-connections", "5000"});
  asio::io_context context;
  std::deque<asio::ip::tcp::socket> crowd;
  for (int i = 0; i < 10'000; ++i) {
    crowd.emplace_back(context).connect({asio::ip::address_v4::loopback(), server.port()});
    // Half of them begin a request and leave it at that.
    if (i % 2 == 0) asio::write(crowd.back(), asio::buffer(std::string("GET /healthz HTTP/1.1\r\nX: ")));
    if (i % 1000 != 999) continue;
    blocking_client other(server.port());
    auto const created = other.ask("PUT", "/v1/kv/n/k" + std::to_string(i), "If-None-Match: *\r\n", "x");
    BOOST_REQUIRE(created);
    BOOST_TEST(created->status == 201);
  }
  blocking_client last(server.port());
  auto const metrics = last.ask("GET", "/metrics");
  BOOST_REQUIRE(metrics);
  BOOST_TEST(!contains(metrics->body, "chronicle_kv_connections_evicted_total 0\n"));
  server.process().send_signal(SIGTERM);
  BOOST_TEST(server.process().wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::test
