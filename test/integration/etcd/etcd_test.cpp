// The etcd backend and bus against a real etcd in the states that conformance does not know: with
// authentication, with TLS, compacted, restarted, standing still. What is scripted elsewhere is tried here.
#include <signal.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <stdexcept>

#include "chronicle/etcd_backend.hpp"
#include "chronicle/etcd_bus.hpp"
#include "support/certificates.hpp"
#include "support/etcd_process.hpp"
#include "transport/http_client.hpp"
#include "transport/tcp.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using texts = std::vector<std::string>;

/// An event loop on real time, and what is asked of one etcd.
struct real_world {
  asio::io_context context;
  etcd_options options;

  explicit real_world(std::string const& url) { options.endpoints = {url}; }

  void run_until(std::function<bool()> const& done) {
    auto const give_up = steady_clock::now() + 30s;
    while (!done()) {
      context.restart();
      context.run_one_for(100ms);
      if (steady_clock::now() > give_up) throw std::runtime_error("it takes longer than 30 s");
    }
  }
  template <class T>
  T run(asio::awaitable<T> operation) {
    auto outcome = asio::co_spawn(context, std::move(operation), asio::use_future);
    run_until([&] { return outcome.wait_for(0s) == std::future_status::ready; });
    return outcome.get();
  }
  std::shared_ptr<backend> make_backend() { return make_etcd_backend(context.get_executor(), options); }

  /// Asks etcd itself; the answer's body, after a 200.
  std::string administer(std::string const& path, std::string const& body) {
    http_client_options to;
    to.server = parse_url(options.endpoints.front());
    http_client client(context.get_executor(), make_real_time_source(), make_tcp_connector(), to);
    http_request request("POST", path);
    request.body = body;
    auto const outcome = run(client.send(request));
    if (outcome.ec || outcome.response.status != 200)
      throw std::runtime_error(path + ": " + outcome.ec.message() + outcome.response.body);
    return outcome.response.body;
  }
  void compact_everything(version const& at) {
    administer("/v3/kv/compaction", R"({"revision":")" + at.token + "\"}");
  }
};

error_code why_rejected(put_result const& outcome) {
  auto const* const refused = std::get_if<rejected>(&outcome);
  BOOST_TEST_REQUIRE(refused);
  return refused->why;
}

version must_apply(put_result const& outcome) {
  auto const* const done = std::get_if<applied>(&outcome);
  BOOST_TEST_REQUIRE(done);
  return done->ver;
}

/// Where etcd is not installed these tests do nothing, and say so.
boost::test_tools::assertion_result is_installed(boost::unit_test::test_unit_id) {
  static bool const found = find_etcd().has_value();
  return found;
}

BOOST_AUTO_TEST_SUITE(real_etcd, *boost::unit_test::precondition(is_installed))

BOOST_AUTO_TEST_CASE(authentication) {
  etcd_process etcd;
  real_world w(etcd.url());
  w.administer("/v3/auth/user/add", R"({"name":"root","password":"rootpw"})");
  w.administer("/v3/auth/user/add", R"({"name":"app","password":"apppw"})");
  w.administer("/v3/auth/role/add", R"({"name":"game"})");
  w.administer("/v3/auth/role/grant",
               R"({"name":"game","perm":{"permType":"READWRITE","key":")" + std::string("Z2FtZS8=") +
                   R"(","range_end":"Z2FtZTA="}})");  // game/ to game0
  w.administer("/v3/auth/user/grant", R"({"user":"root","role":"root"})");
  w.administer("/v3/auth/user/grant", R"({"user":"app","role":"game"})");

  w.options.name_space = "game";
  w.options.user = "app";
  w.options.password = "apppw";
  auto const app = w.make_backend();
  auto const at = must_apply(w.run(app->put_if("k", "1", std::nullopt, "")));  // nobody authenticates yet
  w.administer("/v3/auth/enable", "{}");
  auto const second = must_apply(w.run(app->put_if("k", "2", at, "")));  // had a token in between
  BOOST_TEST((w.run(app->get("k")).value()->ver == second));
  BOOST_TEST(w.run(app->list("", "", 10)).value().items.size() == 1u);

  // A restarted member may not know the token any more, or it may: nobody has to notice.
  etcd.restart();
  auto const third = must_apply(w.run(app->put_if("k", "3", second, "")));
  BOOST_TEST(w.run(app->history("k", "", 10)).value().items.size() == 3u);
  BOOST_TEST((third != second));

  auto const bus = make_etcd_bus(w.context.get_executor(), w.options);
  BOOST_TEST(!w.run(bus->publish("t", "x")));
  w.options.name_space = "other";
  BOOST_TEST(why_rejected(w.run(w.make_backend()->put_if("k", "1", std::nullopt, ""))) ==
             make_error_code(errc::unauthorized));
  BOOST_TEST(w.run(w.make_backend()->get("k")).error() == make_error_code(errc::unauthorized));
  w.options.password = "wrong";
  BOOST_TEST(why_rejected(w.run(w.make_backend()->put_if("k", "1", std::nullopt, ""))) ==
             make_error_code(errc::unauthorized));
  w.options.user = w.options.password = "";
  BOOST_TEST(w.run(w.make_backend()->get("k")).error() == make_error_code(errc::unauthorized));
  w.options.token = "nonsense.1";
  BOOST_TEST(w.run(w.make_backend()->get("k")).error() == make_error_code(errc::unauthorized));
}

BOOST_AUTO_TEST_CASE(tls_and_client_certificates) {
  temporary_folder folder;
  certificate_authority const authority("etcd test"), stranger("stranger");
  auto const server = authority.issue("IP:127.0.0.1"), client = authority.issue("DNS:game.test");
  auto const ca = folder.write("ca.pem", authority.certificate());
  etcd_process etcd({"--cert-file", folder.write("server.pem", server.certificate), "--key-file",
                     folder.write("server.key", server.key), "--client-cert-auth", "--trusted-ca-file", ca},
                    "https");
  real_world w(etcd.url());
  w.options.ca_file = ca;
  auto const refused = w.run(w.make_backend()->put_if("k", "1", std::nullopt, ""));
  BOOST_TEST((!std::holds_alternative<applied>(refused)));  // without a certificate
  w.options.client_certificate_file = folder.write("client.pem", client.certificate);
  w.options.client_key_file = folder.write("client.key", client.key);
  auto const at = must_apply(w.run(w.make_backend()->put_if("k", "1", std::nullopt, "")));
  BOOST_TEST((w.run(w.make_backend()->get("k")).value()->ver == at));
  w.options.ca_file = folder.write("stranger.pem", stranger.certificate());
  BOOST_TEST(!!why_rejected(w.run(w.make_backend()->put_if("k", "2", at, ""))));
}

BOOST_AUTO_TEST_CASE(limits_of_etcd_are_told_apart) {
  etcd_process etcd({"--quota-backend-bytes", "10000000"});
  real_world w(etcd.url());
  w.options.max_value_bytes = 4'000'000;
  auto const store = w.make_backend();
  BOOST_TEST(why_rejected(w.run(store->put_if("k", std::string(1'573'000, 'v'), std::nullopt, ""))) ==
             make_error_code(errc::value_too_large));
  BOOST_TEST(why_rejected(w.run(store->put_if("k", std::string(3'000'000, 'v'), std::nullopt, ""))) ==
             make_error_code(errc::value_too_large));
  std::string const big(etcd_options().max_value_bytes, 'v');  // is not too large
  put_result outcome = applied();
  for (int i = 0; i < 20 && std::holds_alternative<applied>(outcome); ++i)
    outcome = w.run(store->put_if("k" + std::to_string(i), big, std::nullopt, ""));
  auto const* const full = std::get_if<indeterminate>(&outcome);  // and this may be the write that filled it
  BOOST_TEST_REQUIRE(full);
  BOOST_TEST(full->why == make_error_code(errc::backend_failure));
  BOOST_TEST(w.run(store->get("k0")).value()->value.size() == big.size());
}

BOOST_AUTO_TEST_CASE(compaction_ends_a_history_and_unpins_a_listing) {
  etcd_process etcd;
  real_world w(etcd.url());
  auto const store = w.make_backend();
  std::optional<version> at;
  for (int i = 0; i < 5; ++i) at = must_apply(w.run(store->put_if("k", std::to_string(i), at, "")));
  for (auto const* key : {"a", "b"}) must_apply(w.run(store->put_if(key, "x", std::nullopt, "")));
  auto const page = w.run(store->list("", "", 1)).value();
  BOOST_TEST(page.items.at(0).key == "a");
  auto const past = w.run(store->history("k", "", 2)).value();
  auto const now = must_apply(w.run(store->put_if("c", "x", std::nullopt, "")));
  w.compact_everything(now);
  BOOST_TEST(w.run(store->history("k", "", 10)).value().items.size() == 1u);
  BOOST_TEST(w.run(store->history("k", past.next, 10)).value().items.empty());
  BOOST_TEST(w.run(store->list("", page.next, 10)).value().items.size() == 3u);  // b, c, k: the present
}

/// Remembers what it hears.
struct notebook final : bus_listener {
  void on_message(std::string payload) override { heard.push_back(std::move(payload)); }
  void on_subscribed() override { ++subscribed; }
  void on_interrupted(error_code) override { ++interrupted; }

  texts heard;
  int subscribed = 0;
  int interrupted = 0;
};

/// Listens on "t" until destroyed.
class ear {
 public:
  ear(real_world& w, message_bus& bus) : world_(w) {
    asio::co_spawn(
        w.context, bus.listen("t", book),
        asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr) { ended_ = true; }));
    w.run_until([this] { return book->subscribed > 0; });
  }
  ~ear() {
    cancel_.emit(asio::cancellation_type::terminal);
    world_.run_until([this] { return ended_; });
  }
  ear(ear const&) = delete;
  ear& operator=(ear const&) = delete;

  std::shared_ptr<notebook> book = std::make_shared<notebook>();

 private:
  real_world& world_;
  asio::cancellation_signal cancel_;
  bool ended_ = false;
};

BOOST_AUTO_TEST_CASE(a_subscription_survives_a_restart_and_a_compaction_meanwhile) {
  etcd_process etcd;
  real_world w(etcd.url());
  auto const bus = make_etcd_bus(w.context.get_executor(), w.options);
  ear listening(w, *bus);
  BOOST_TEST(!w.run(bus->publish("t", "before")));
  w.run_until([&] { return listening.book->heard.size() == 1; });
  etcd.restart();
  // Its events are gone before it is back, its messages are not: this client is faster than the backoff.
  auto const store = w.make_backend();
  BOOST_TEST(!w.run(bus->publish("t", "meanwhile")));
  w.compact_everything(must_apply(w.run(store->put_if("k", "x", std::nullopt, ""))));
  w.run_until([&] { return listening.book->heard.size() == 2; });
  BOOST_TEST(!w.run(bus->publish("t", "after")));
  w.run_until([&] { return listening.book->heard.size() == 3; });
  BOOST_TEST((listening.book->heard == texts{"before", "meanwhile", "after"}));
}

BOOST_AUTO_TEST_CASE(a_member_that_stands_still_is_noticed) {
  etcd_process etcd;
  real_world w(etcd.url());
  w.options.request_timeout = 300ms;
  etcd_bus_options quick;
  quick.heartbeat = 200ms;
  quick.silence_limit = 1s;
  quick.backoff_cap = 100ms;
  auto const bus = make_etcd_bus(w.context.get_executor(), w.options, quick);
  auto const store = w.make_backend();
  ear listening(w, *bus);
  auto const quiet_until = steady_clock::now() + 1500ms;
  w.run_until([&] { return steady_clock::now() > quiet_until; });
  BOOST_TEST(listening.book->interrupted == 0);  // its own heartbeats keep it alive
  BOOST_TEST(listening.book->heard.empty());
  auto const at = must_apply(w.run(store->put_if("k", "1", std::nullopt, "")));
  etcd.process().send_signal(SIGSTOP);
  auto const outcome = w.run(store->put_if("k", "2", at, ""));
  BOOST_TEST((std::holds_alternative<indeterminate>(outcome)));
  BOOST_TEST(w.run(store->get("k")).error() == make_error_code(errc::timeout));
  w.run_until([&] { return listening.book->interrupted == 1; });
  etcd.process().send_signal(SIGCONT);
  w.run_until([&] { return listening.book->subscribed == 2; });
  auto const found = w.run(store->get("k")).value();
  BOOST_TEST(
      (found->value == "1" || found->value == "2"));  // either may be true: that is what indeterminate means
}

BOOST_AUTO_TEST_CASE(a_dead_member_takes_no_writes) {
  etcd_process etcd, other;
  real_world w(etcd.url());
  auto const alone = w.make_backend();
  auto const at = must_apply(w.run(alone->put_if("k", "1", std::nullopt, "")));
  etcd.process().send_signal(SIGKILL);
  etcd.process().wait();
  BOOST_TEST(why_rejected(w.run(alone->put_if("k", "2", at, ""))) ==
             error_code(asio::error::connection_refused));
  w.options.endpoints.push_back(other.url());  // of another cluster, which shows who was asked
  auto const both = w.make_backend();
  BOOST_TEST((std::holds_alternative<conflict>(w.run(both->put_if("k", "2", at, "")))));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
