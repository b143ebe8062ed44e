// chronicle-kv as it is to be deployed, with TLS and a token: who is let in, who is believed, and that no log
// knows the token.
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>

#include "chronicle/chronicle.hpp"
#include "chronicle/rest_backend.hpp"
#include "chronicle/rest_bus.hpp"
#include "support/certificates.hpp"
#include "support/contains.hpp"
#include "support/kv_process.hpp"
#include "support/temporary_folder.hpp"

namespace chronicle::test {
namespace {

std::string const token = "s3cret-t0ken";
std::string const wrong_token = "wr0ng-t0ken";

/// A server that shows `who` as its certificate, and what its clients need.
struct deployment {
  temporary_folder folder;
  certificate_authority ours{"our authority"};
  certificate_authority theirs{"another authority"};
  asio::io_context context;
  std::string log;  ///< of the clients
  std::optional<kv_process> server;

  void serve(identity const& who) {
    server.emplace(std::vector<std::string>{
        "--memory", "--log-level", "debug", "--token-file", folder.write("token", token), "--tls-cert",
        folder.write("server.pem", who.certificate), "--tls-key", folder.write("server.key", who.key)});
  }

  rest_options options(std::string const& with_token = token) const {
    rest_options o;
    o.url = server->url("https");
    o.bearer_token = with_token;
    o.ca_file = folder.write("ca.pem", ours.certificate());
    return o;
  }

  store make_store(rest_options const& where) {
    store_options o;
    o.backend = make_rest_backend(context.get_executor(), where);
    o.bus = make_rest_bus(context.get_executor(), where);
    o.defaults = {{"Coins", 0}};
    o.log_threshold = log_level::debug;
    o.log = [this](log_level, std::string_view line) { log.append(line) += '\n'; };
    return store(context.get_executor(), "PlayerData", std::move(o));
  }

  template <class T>
  T run(asio::awaitable<T> operation) {
    std::optional<T> value;
    asio::co_spawn(context, std::move(operation),
                   [&](std::exception_ptr, T v) { value.emplace(std::move(v)); });
    run_until([&] { return value.has_value(); });
    return std::move(*value);
  }
  void run_until(std::function<bool()> const& done) {
    context.restart();
    while (!done() && context.run_one() > 0) {
    }
  }

  std::string stop_and_read_log() {
    server->process().send_signal(SIGTERM);
    BOOST_TEST(server->process().wait() == 0);
    return server->process().read_output() + server->process().read_errors();
  }
};

BOOST_FIXTURE_TEST_SUITE(security, deployment)

BOOST_AUTO_TEST_CASE(a_session_over_tls_with_a_token_that_no_log_knows) {
  serve(ours.issue("IP:127.0.0.1"));
  std::optional<error_code> closed;
  {
    store players = make_store(options());
    profile alice;
    std::optional<error_code> heard;
    players.async_start_session("alice", [&](error_code ec, profile p) {
      heard = ec;
      alice = std::move(p);
    });
    run_until([&] { return heard.has_value(); });
    BOOST_TEST(!*heard, heard->message());
    alice.edit()["Coins"] = 1;
    std::optional<save_outcome> saved;
    alice.async_save([&](error_code, save_receipt receipt) { saved = receipt.outcome; });
    run_until([&] { return saved.has_value(); });
    BOOST_TEST((*saved == save_outcome::saved));
    players.async_close([&](error_code ec, close_report) { closed = ec; });
    run_until([&] { return closed.has_value(); });
    BOOST_TEST(!*closed, closed->message());
  }
  BOOST_TEST(!log.empty());
  BOOST_TEST(!contains(log, token));
  auto const told = stop_and_read_log();
  BOOST_TEST(contains(told, "kv_server_stopped"));
  BOOST_TEST(!contains(told, token));
}

BOOST_AUTO_TEST_CASE(a_wrong_token_opens_nothing_and_is_told_nowhere) {
  serve(ours.issue("IP:127.0.0.1"));
  {
    store players = make_store(options(wrong_token));
    std::optional<error_code> heard;
    players.async_start_session("alice", [&](error_code ec, profile) { heard = ec; });
    run_until([&] { return heard.has_value(); });
    BOOST_TEST((*heard == errc::unauthorized), heard->message());
  }
  for (auto const& bad : {wrong_token, std::string()}) {
    auto const backend = make_rest_backend(context.get_executor(), options(bad));
    auto const wrote = run(backend->put_if("k", "v", std::nullopt, "w:1"));
    BOOST_REQUIRE(std::holds_alternative<rejected>(wrote));
    BOOST_TEST((std::get<rejected>(wrote).why == errc::unauthorized));
    BOOST_TEST((run(backend->get("k")).error() == errc::unauthorized));
    BOOST_TEST((run(backend->list("", "", 10)).error() == errc::unauthorized));
    auto const bus = make_rest_bus(context.get_executor(), options(bad));
    BOOST_TEST((run(bus->publish("topic", "payload")) == errc::unauthorized));
  }
  auto const friendly = make_rest_backend(context.get_executor(), options());
  BOOST_TEST(!run(friendly->get("k")).value().has_value());
  BOOST_TEST(!log.empty());
  auto const told = stop_and_read_log();
  for (auto const& secret : {token, wrong_token}) {
    BOOST_TEST(!contains(log, secret));
    BOOST_TEST(!contains(told, secret));
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_prove_who_it_is_is_sent_nothing) {
  struct {
    char const* name;
    identity shown;
  } const impostors[] = {
      {"expired", ours.issue("IP:127.0.0.1", -1)},
      {"made out to another host", ours.issue("DNS:kv.example.com,IP:127.0.0.2")},
      {"self-signed", make_self_signed("IP:127.0.0.1")},
      {"of an unknown authority", theirs.issue("IP:127.0.0.1")},
  };
  for (auto const& [name, shown] : impostors) {
    BOOST_TEST_CONTEXT(name) {
      serve(shown);
      auto const backend = make_rest_backend(context.get_executor(), options());
      auto const wrote = run(backend->put_if("k", "v", std::nullopt, "w:1"));
      BOOST_TEST(std::holds_alternative<rejected>(wrote));
      auto const read = run(backend->get("k"));
      BOOST_TEST(read.has_error());
      auto const bus = make_rest_bus(context.get_executor(), options());
      auto const published = run(bus->publish("topic", "payload"));
      BOOST_TEST(published.failed());
      // Who does not mind is served, so it was the certificate and nothing else.
      auto careless = options();
      careless.verify = false;
      auto const trusting = make_rest_backend(context.get_executor(), careless);
      auto const found = run(trusting->get("k"));
      BOOST_REQUIRE(found.has_value());
      BOOST_TEST(!found->has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(mistakes_on_the_command_line_do_not_show_the_token) {
  std::vector<std::string> const commands[] = {
      {"--memory", "--token", token + " and more"},
      {"--memory", "--token", token, "--token", token},
      {"--memory", "--token", token, "--token-file", "x"},
      {"--memory", "--token=" + token, "--bogus"},
      {"--memory", "--tok=" + token},
      {"--memory", token},
      {"--memory", "--token", token, "--listen", "nowhere"},
  };
  for (auto const& arguments : commands) {
    child_process process(kv_command(arguments));
    BOOST_TEST(process.wait() == 2);
    auto const told = process.read_output() + process.read_errors();
    BOOST_TEST(!contains(told, token), told);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
