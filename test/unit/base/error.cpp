#include "chronicle/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <system_error>

namespace chronicle::test {
namespace {

constexpr int last_errc = static_cast<int>(errc::internal_error);

BOOST_AUTO_TEST_SUITE(error_suite)

BOOST_AUTO_TEST_CASE(every_error_has_a_message_of_its_own) {
  std::set<std::string> messages;
  for (int value = 1; value <= last_errc; ++value) {
    error_code const ec = static_cast<errc>(value);
    BOOST_TEST(ec.failed());
    BOOST_TEST(ec.category().name() == std::string("chronicle"));
    BOOST_TEST(ec.message() != "unknown chronicle error");
    messages.insert(ec.message());
  }
  BOOST_TEST(messages.size() == static_cast<std::size_t>(last_errc));
  BOOST_TEST(error_code(last_errc + 1, chronicle_category()).message() == "unknown chronicle error");
}

/// `r` retryable, `f` fatal, `c` conflict.
std::string conditions_of(error_code const& ec) {
  std::string letters;
  if (ec == condition::retryable) letters += 'r';
  if (ec == condition::fatal) letters += 'f';
  if (ec == condition::conflict) letters += 'c';
  return letters;
}

BOOST_AUTO_TEST_CASE(what_a_caller_decides_on) {
  std::pair<errc, char const*> const table[] = {
      {errc::lease_held, "rc"},        {errc::cancelled, ""},
      {errc::corrupted_record, "f"},   {errc::already_active, "c"},
      {errc::shutting_down, "f"},      {errc::backend_unavailable, "r"},
      {errc::circuit_open, "r"},       {errc::timeout, "r"},
      {errc::throttled, "r"},          {errc::unauthorized, "f"},
      {errc::protocol_error, "f"},     {errc::backend_failure, "r"},
      {errc::response_too_large, "f"}, {errc::session_lost, "fc"},
      {errc::session_inactive, "f"},   {errc::indeterminate, "r"},
      {errc::invalid_key, "f"},        {errc::invalid_url, "f"},
      {errc::invalid_json, "f"},       {errc::unserializable_data, "f"},
      {errc::value_too_large, "f"},    {errc::messaging_unavailable, "r"},
      {errc::internal_error, "f"}};
  BOOST_TEST(std::size(table) == static_cast<std::size_t>(last_errc));
  for (auto const& [code, letters] : table) {
    error_code const ec = code;
    BOOST_TEST(conditions_of(ec) == letters, ec.message());
    BOOST_TEST(is_retryable(ec) == (ec == condition::retryable));
    BOOST_TEST(is_fatal(ec) == (ec == condition::fatal));
    BOOST_TEST(is_conflict(ec) == (ec == condition::conflict));
    BOOST_TEST(!(is_fatal(ec) && is_retryable(ec)));
  }
}

BOOST_AUTO_TEST_CASE(success_is_none_of_them) {
  BOOST_TEST(conditions_of(error_code{}).empty());
  BOOST_TEST(conditions_of(error_code(0, chronicle_category())).empty());
}

BOOST_AUTO_TEST_CASE(codes_of_the_network) {
  namespace error = boost::asio::error;
  for (error_code const ec :
       {error_code(error::connection_refused), error_code(error::connection_reset),
        error_code(error::timed_out), error_code(error::eof), error_code(error::broken_pipe),
        error_code(error::host_not_found), error_code(error::no_descriptors), error_code(error::network_down),
        error_code(error::network_reset), error_code(boost::asio::ssl::error::stream_truncated)})
    BOOST_TEST(conditions_of(ec) == "r", ec.message());
  for (error_code const ec : {error_code(error::operation_aborted), error_code(error::access_denied)})
    BOOST_TEST(conditions_of(ec).empty(), ec.message());
}

BOOST_AUTO_TEST_CASE(works_with_the_standard_library) {
  std::error_code const standard = error_code(errc::lease_held);
  BOOST_TEST((standard == std::error_code(error_code(errc::lease_held))));
  BOOST_TEST(standard.message() == error_code(errc::lease_held).message());
  BOOST_TEST(standard.category().name() == std::string("chronicle"));
}

BOOST_AUTO_TEST_CASE(conditions_have_messages) {
  BOOST_TEST(make_error_condition(condition::retryable).message() == "may succeed later");
  BOOST_TEST(make_error_condition(condition::fatal).message() == "will not succeed by itself");
  BOOST_TEST(make_error_condition(condition::conflict).message() == "held by someone else");
  BOOST_TEST(condition_category().message(99) == "unknown chronicle condition");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
