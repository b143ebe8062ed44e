// Options of the REST backend: what is wrong is said by name, before anything is sent.
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "base/base64.hpp"
#include "chronicle/rest_backend.hpp"
#include "wrong_option.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;

test::wrong_option<rest_options> const wrong_rest_options[] = {
    {"url: \"\", character 1: it is empty", [](rest_options& o) { o.url.clear(); }},
    {"url: \"kv.test\", character 1: there is no scheme", [](rest_options& o) { o.url = "kv.test"; }},
    {"name_space: must be 1 to 512 bytes", [](rest_options& o) { o.name_space = ""; }},
    {"bearer_token: must be", [](rest_options& o) { o.bearer_token = "a\r\nX: y"; }},
    {"ca_file: must be empty unless", [](rest_options& o) { o.ca_file = "ca.pem"; }},
    {"verify: must be true unless", [](rest_options& o) { o.verify = false; }},
    {"client_certificate_file: must be given together",
     [](rest_options& o) { o.url = "https://kv.test", o.client_key_file = "key.pem"; }},
    {"client_certificate_file: must be given together",
     [](rest_options& o) { o.url = "https://kv.test", o.client_certificate_file = "me.pem"; }},
    {"connect_timeout: must be 1 ms to 10 min", [](rest_options& o) { o.connect_timeout = 0ms; }},
    {"request_timeout: must be 1 ms to 10 min", [](rest_options& o) { o.request_timeout = 11min; }},
    {"idle_timeout: must be 1 ms to 1 h", [](rest_options& o) { o.idle_timeout = -1ms; }},
    {"max_connections: must be 1 to 65535", [](rest_options& o) { o.max_connections = 0; }},
    {"max_value_bytes: must be 1 KiB", [](rest_options& o) { o.max_value_bytes = 0; }},
    {"max_response_bytes: must be at least one and a half",
     [](rest_options& o) { o.max_response_bytes = 1 << 20; }},
};

BOOST_AUTO_TEST_SUITE(rest_option_checks)

BOOST_AUTO_TEST_CASE(the_defaults_need_only_a_url) {
  rest_options options;
  options.url = "http://127.0.0.1:8080";
  BOOST_TEST(find_problem(options) == "");
  asio::io_context context;
  BOOST_TEST((make_rest_backend(context.get_executor(), options) != nullptr));
}

BOOST_DATA_TEST_CASE(a_wrong_option_is_named, boost::unit_test::data::make(wrong_rest_options)) {
  rest_options options;
  options.url = "http://kv.test";
  sample.spoil(options);
  auto const problem = find_problem(options);
  BOOST_TEST(problem.starts_with(sample.says), problem);
  asio::io_context context;
  BOOST_CHECK_THROW(make_rest_backend(context.get_executor(), options), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_used_is_named) {
  rest_options options;
  options.url = "https://kv.test";
  options.ca_file = "/nowhere/ca.pem";
  asio::io_context context;
  BOOST_CHECK_EXCEPTION(
      make_rest_backend(context.get_executor(), options), boost::system::system_error,
      [](auto const& e) { return std::string(e.what()).find("/nowhere/ca.pem") != std::string::npos; });
}

BOOST_AUTO_TEST_CASE(base64_of_rfc_4648) {
  std::pair<char const*, char const*> const vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (auto const& [plain, coded] : vectors) {
    BOOST_TEST(encode_base64(plain) == coded);
    BOOST_TEST(decode_base64(coded).value() == plain);
  }
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  BOOST_TEST((decode_base64(encode_base64(every_byte)) == every_byte));
  for (char const* bad :
       {"Z", "Zg", "Zg=", "Zg===", "====", "Zh==", "Zm9v\n", " Zm9v", "Zm-_", "Zg==Zg==", "=Zg="})
    BOOST_TEST(!decode_base64(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
