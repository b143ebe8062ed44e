// Options of the etcd backend: what is wrong is said by name, before anything is sent.
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "chronicle/etcd_backend.hpp"
#include "chronicle/etcd_bus.hpp"
#include "wrong_option.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;

test::wrong_option<etcd_options> const wrong_etcd_options[] = {
    {"endpoints: must be at least one URL", [](etcd_options& o) { o.endpoints.clear(); }},
    {"endpoints: \"etcd://a\"", [](etcd_options& o) { o.endpoints[1] = "etcd://a"; }},
    {"endpoints: must be all http or all https", [](etcd_options& o) { o.endpoints[1] = "https://a"; }},
    {"name_space: must be 1 to 512 bytes", [](etcd_options& o) { o.name_space = ""; }},
    {"name_space: must be without a slash", [](etcd_options& o) { o.name_space = "a/kv"; }},
    {"password: must be given together with user", [](etcd_options& o) { o.user = "app"; }},
    {"password: must be given together with user", [](etcd_options& o) { o.password = "app"; }},
    {"user: must be at most", [](etcd_options& o) { o.user = o.password = "\xff"; }},
    {"token: must be empty when there is a user",
     [](etcd_options& o) { o.user = o.password = o.token = "t"; }},
    {"token: must be at most", [](etcd_options& o) { o.token = "a\r\nX: y"; }},
    {"ca_file: must be empty unless", [](etcd_options& o) { o.ca_file = "ca.pem"; }},
    {"connect_timeout: must be 1 ms to 10 min", [](etcd_options& o) { o.connect_timeout = 0ms; }},
    {"max_response_bytes: must be at least one and a half",
     [](etcd_options& o) { o.max_response_bytes = 1 << 20; }},
};

BOOST_AUTO_TEST_SUITE(etcd_option_checks)

BOOST_AUTO_TEST_CASE(the_defaults_need_only_endpoints) {
  etcd_options options;
  options.endpoints = {"http://127.0.0.1:2379"};
  BOOST_TEST(find_problem(options) == "");
  asio::io_context context;
  BOOST_TEST((make_etcd_backend(context.get_executor(), options) != nullptr));
  BOOST_TEST((make_etcd_bus(context.get_executor(), options) != nullptr));
}

BOOST_DATA_TEST_CASE(a_wrong_option_is_named, boost::unit_test::data::make(wrong_etcd_options)) {
  etcd_options options;
  options.endpoints = {"http://a.test:2379", "http://b.test:2379"};
  sample.spoil(options);
  BOOST_TEST(find_problem(options).starts_with(sample.says), find_problem(options));
  asio::io_context context;
  BOOST_CHECK_THROW(make_etcd_backend(context.get_executor(), options), std::invalid_argument);
  BOOST_CHECK_THROW(make_etcd_bus(context.get_executor(), options), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_used_is_named) {
  etcd_options options;
  options.endpoints = {"https://127.0.0.1:2379"};
  options.ca_file = "/no/such/ca.pem";
  asio::io_context context;
  BOOST_CHECK_EXCEPTION(
      make_etcd_backend(context.get_executor(), options), boost::system::system_error,
      [](auto const& e) { return std::string(e.what()).find("/no/such/ca.pem") != std::string::npos; });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
