// How tokens are compared: every wrong one costs the same single comparison of digests in constant time. The
// linker leads the server's calls of CRYPTO_memcmp through here.
#include <openssl/crypto.h>

#include <boost/test/unit_test.hpp>
#include <vector>

#include "kv_server/digest.hpp"
#include "kv_server/request_checks.hpp"
#include "unit/kv_server/request_fixture.hpp"

namespace {
std::vector<std::size_t> compared;  // how many bytes, comparison by comparison
}

extern "C" int __real_CRYPTO_memcmp(void const* a, void const* b, std::size_t size);
extern "C" int __wrap_CRYPTO_memcmp(void const* a, void const* b, std::size_t size) {
  compared.push_back(size);
  return __real_CRYPTO_memcmp(a, b, size);
}

namespace chronicle::kv::test {

BOOST_AUTO_TEST_CASE(the_time_a_wrong_token_takes_does_not_tell_where_it_is_wrong) {
  std::string const token = "0123456789abcdef";
  for (std::string const sent :
       {"0123456789abcdeX", "X123456789abcdef", "0", "", "0123456789abcdef0", "XXXXXXXXXXXXXXXX"}) {
    compared.clear();
    auto const request = make_request("GET", "/v1/kv/n/k", {{"Authorization", ("Bearer " + sent).c_str()}});
    auto const refused = check_token(request, token);
    BOOST_REQUIRE(refused.has_value());
    BOOST_TEST(refused->status == 401);
    BOOST_TEST(compared == std::vector<std::size_t>{32}, boost::test_tools::per_element());
  }
  compared.clear();
  auto const request = make_request("GET", "/v1/kv/n/k", {{"Authorization", "Bearer 0123456789abcdef"}});
  BOOST_TEST(!check_token(request, token).has_value());
  BOOST_TEST(compared.size() == 1u);
}

}  // namespace chronicle::kv::test
