// URLs of servers and the percent-encoding of keys: good ones, and precise words about bad ones.
#include "transport/url.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>

#include "transport/percent.hpp"

namespace chronicle {
namespace {

struct good_url {
  char const* text;
  bool tls;
  char const* host;
  std::uint16_t port;
  char const* base_path;
  char const* host_header;
};
std::ostream& operator<<(std::ostream& out, good_url const& u) {
  return out << u.text;
}

good_url const good_urls[] = {
    {"http://localhost", false, "localhost", 80, "", "localhost"},
    {"https://kv.example.com/", true, "kv.example.com", 443, "", "kv.example.com"},
    {"HTTP://Example.COM:8080", false, "example.com", 8080, "", "example.com:8080"},
    {"https://10.0.0.1:443/game/kv//", true, "10.0.0.1", 443, "/game/kv", "10.0.0.1"},
    {"http://[::1]", false, "::1", 80, "", "[::1]"},
    {"http://[2001:DB8::7]:9000/a%20b", false, "2001:db8::7", 9000, "/a%20b", "[2001:db8::7]:9000"},
    {"http://my_host:1", false, "my_host", 1, "", "my_host:1"},
    {"http://h:65535", false, "h", 65535, "", "h:65535"},
};

BOOST_AUTO_TEST_SUITE(urls)

BOOST_DATA_TEST_CASE(parts_of_a_good_url, boost::unit_test::data::make(good_urls)) {
  auto const u = parse_url(sample.text);
  BOOST_TEST(u.tls == sample.tls);
  BOOST_TEST(u.server.host == sample.host);
  BOOST_TEST(u.server.port == sample.port);
  BOOST_TEST(u.base_path == sample.base_path);
  BOOST_TEST(u.host_header() == sample.host_header);
}

struct bad_url {
  std::string text;
  char const* says;
};
std::ostream& operator<<(std::ostream& out, bad_url const& u) {
  return out << u.text;
}

bad_url const bad_urls[] = {
    {"", "character 1: it is empty; expected http://127.0.0.1:8080"},
    {"localhost:8080", "character 1: there is no scheme"},
    {"ftp://host", "character 1: the scheme is not supported; expected http:// or https://"},
    {"://host", "character 1: the scheme is not supported"},
    {"http://", "character 8: the host is missing"},
    {"http:///path", "character 8: the host is missing"},
    {"http://:80", "character 8: the host is missing"},
    {"http://ho st", "\"http://ho%20st\", character 10: a space"},
    {"http://h\xc3\xb6st", "character 9: a space, control or non-ASCII"},
    {std::string("http://h\0st", 11), "\"http://h%00st\", character 9: a space, control"},
    {"http://ho!st", "character 10: a host name cannot hold this character"},
    {"http://user:secret@host/", "\"http://***@host/\", character 8: a user name or password"},
    {"http://host:", "character 13: this is not a port"},
    {"http://host:0", "character 13: this is not a port; expected a number from 1 to 65535"},
    {"http://host:65536", "character 13: this is not a port"},
    {"http://host:80x", "character 13: this is not a port"},
    {"http://host:-1", "character 13: this is not a port"},
    {"http://host:99999999999999999999", "character 13: this is not a port"},
    {"http://[::1", "character 8: the bracket of an IPv6 address is not closed"},
    {"http://[::g]", "character 9: this is not an IPv6 address"},
    {"http://[fe80::1%eth0]", "character 9: this is not an IPv6 address"},
    {"http://[::1]8080", "character 13: something follows the address; expected ':' and a port"},
    {"http://::1", "character 8: the host is missing; expected a host name or an address, IPv6 in brackets"},
    {"http://host/a?b", "character 14: a query or fragment"},
    {"http://host#top", "character 12: a query or fragment"},
    {"http://host/a/../b", "character 15: the path has an empty or relative part"},
    {"http://host/%2e/b", "character 13: the path has an empty or relative part"},
    {"http://host/a//b", "character 15: the path has an empty or relative part"},
    {"http://host/a%2", "character 13: a '%' without two hexadecimal digits"},
    {"http://" + std::string(254, 'h'), "character 8: the host name is too long"},
};

BOOST_DATA_TEST_CASE(a_bad_url_is_refused_with_what_where_and_what_instead,
                     boost::unit_test::data::make(bad_urls)) {
  try {
    parse_url(sample.text);
    BOOST_ERROR("accepted");
  } catch (boost::system::system_error const& e) {
    BOOST_TEST(e.code() == make_error_code(errc::invalid_url));
    BOOST_TEST(std::string(e.what()).find(sample.says) != std::string::npos, e.what());
  }
}

BOOST_AUTO_TEST_CASE(a_key_travels_as_one_segment) {
  BOOST_TEST(percent_encode("Player_1-a.b~c") == "Player_1-a.b~c");
  BOOST_TEST(percent_encode("store/../x") == "store%2F..%2Fx");
  BOOST_TEST(percent_encode(".") == "%2E");
  BOOST_TEST(percent_encode("..") == "%2E%2E");
  BOOST_TEST(percent_encode("...") == "...");
  BOOST_TEST(percent_encode("a%b?c#d e&f=g+h") == "a%25b%3Fc%23d%20e%26f%3Dg%2Bh");
  BOOST_TEST(percent_encode(std::string_view("\0\n\x7f\xc3\xbc", 5)) == "%00%0A%7F%C3%BC");
}

BOOST_AUTO_TEST_CASE(every_byte_comes_back_and_broken_encodings_do_not) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  BOOST_TEST((percent_decode(percent_encode(all)) == all));
  BOOST_TEST((percent_decode("a%2fB%2F") == "a/B/"));
  for (char const* broken : {"%", "a%2", "%g1", "%1g", "%-1", "% 1", "%+1", "%0x1"})
    BOOST_TEST(!percent_decode(broken), broken);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
