// Which option each argument of chronicle-kv sets: a bound that does not arrive protects nobody.
#include "kv_server/command_line.hpp"

#include <boost/test/unit_test.hpp>
#include <initializer_list>
#include <vector>

#include "chronicle/kv_server/setup_error.hpp"

namespace chronicle::kv::test {
namespace {

using namespace std::chrono_literals;

command_line parse(std::initializer_list<char const*> arguments) {
  std::vector<char const*> all{"chronicle-kv"};
  all.insert(all.end(), arguments);
  return parse_command_line(static_cast<int>(all.size()), all.data());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_lines)

BOOST_AUTO_TEST_CASE(storage_is_as_told) {
  auto const o = parse({"--database", "store.db", "--restored", "--versions", "7", "--keep-tombstones-hours",
                        "8", "--max-database-bytes", "9"})
                     .options;
  BOOST_TEST(o.database == "store.db");
  BOOST_TEST(o.restored_from_backup);
  BOOST_TEST(o.versions == 7u);
  BOOST_TEST((o.keep_tombstones == 8h));
  BOOST_TEST(o.max_database_bytes == 9u);
  BOOST_TEST(!parse({"--database", "store.db"}).options.restored_from_backup);
}

BOOST_AUTO_TEST_CASE(bounds_are_as_told) {
  auto const o = parse({"--memory", "--max-connections", "11", "--max-header-bytes", "2000",
                        "--max-value-bytes", "12", "--max-message-bytes", "13", "--max-key-bytes", "14",
                        "--max-topics", "15", "--max-wait-seconds", "16"})
                     .options;
  BOOST_TEST(o.max_connections == 11u);
  BOOST_TEST(o.max_header_bytes == 2000u);
  BOOST_TEST(o.max_value_bytes == 12u);
  BOOST_TEST(o.max_message_bytes == 13u);
  BOOST_TEST(o.max_key_bytes == 14u);
  BOOST_TEST(o.max_topics == 15u);
  BOOST_TEST((o.max_wait == 16s));
}

BOOST_AUTO_TEST_CASE(time_outs_are_as_told) {
  auto const c = parse({"--memory", "--idle-seconds", "3", "--request-seconds", "4", "--stop-seconds", "5"});
  BOOST_TEST((c.options.idle_timeout == 3s));
  BOOST_TEST((c.options.head_timeout == 4s));
  BOOST_TEST((c.options.body_timeout == 4s));
  BOOST_TEST((c.options.write_timeout == 4s));
  BOOST_TEST((c.patience == 5s));
  auto const patient = parse({"--memory", "--request-seconds", "100"}).options;
  BOOST_TEST((patient.head_timeout == server_options().head_timeout));
}

BOOST_AUTO_TEST_CASE(who_is_let_in_is_as_told) {
  auto const o = parse({"--memory", "--token", "s3cret", "--tls-cert", "cert.pem", "--tls-key", "key.pem",
                        "--tls-client-ca", "ca.pem"})
                     .options;
  BOOST_TEST(o.token == "s3cret");
  BOOST_TEST(o.tls_certificate_file == "cert.pem");
  BOOST_TEST(o.tls_key_file == "key.pem");
  BOOST_TEST(o.tls_client_ca_file == "ca.pem");
}

BOOST_AUTO_TEST_CASE(what_is_refused_is_not_repeated) {
  auto const is_silent = [](setup_error const& e) {
    return std::string(e.what()).find("s3cret") == std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(parse({"--memory", "--tok=s3cret"}), setup_error, is_silent);
  BOOST_CHECK_EXCEPTION(parse({"--memory", "--token=s3cret", "--bogus"}), setup_error, is_silent);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::kv::test
