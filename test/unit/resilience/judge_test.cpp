// What counts as a failure of the backend.
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include "unit/resilience/breaker_fixture.hpp"

using namespace chronicle;

BOOST_AUTO_TEST_SUITE(circuit_judge)

BOOST_AUTO_TEST_CASE(no_error_is_a_success) {
  BOOST_TEST(judge({}, false) == circuit_verdict::success);
}

BOOST_AUTO_TEST_CASE(outages_are_failures) {
  for (errc const e : {errc::backend_unavailable, errc::timeout, errc::backend_failure, errc::indeterminate})
    BOOST_TEST(judge(e, false) == circuit_verdict::failure, make_error_code(e).message());
}

BOOST_AUTO_TEST_CASE(answers_are_successes) {
  for (errc const e : {errc::lease_held, errc::corrupted_record, errc::unauthorized, errc::protocol_error,
                       errc::response_too_large, errc::session_lost})
    BOOST_TEST(judge(e, true) == circuit_verdict::success, make_error_code(e).message());
}

BOOST_AUTO_TEST_CASE(what_was_not_sent_is_no_evidence) {
  for (errc const e :
       {errc::cancelled, errc::already_active, errc::shutting_down, errc::circuit_open,
        errc::session_inactive, errc::invalid_key, errc::invalid_url, errc::invalid_json,
        errc::unserializable_data, errc::value_too_large, errc::messaging_unavailable, errc::internal_error})
    BOOST_TEST(judge(e, true) == circuit_verdict::no_evidence, make_error_code(e).message());
}

BOOST_AUTO_TEST_CASE(throttling_is_a_failure_when_it_persists) {
  BOOST_TEST(judge(errc::throttled, false) == circuit_verdict::no_evidence);
  BOOST_TEST(judge(errc::throttled, true) == circuit_verdict::failure);
}

BOOST_AUTO_TEST_CASE(socket_errors_are_failures) {
  namespace error = boost::asio::error;
  for (error_code const& ec :
       {error_code(error::connection_refused), error_code(error::connection_reset),
        error_code(error::timed_out), error_code(error::eof), error_code(error::broken_pipe),
        error_code(error::host_not_found), error_code(error::network_unreachable),
        error_code(boost::asio::ssl::error::stream_truncated)})
    BOOST_TEST(judge(ec, false) == circuit_verdict::failure, ec.message());
}

BOOST_AUTO_TEST_CASE(a_cancelled_socket_operation_is_no_evidence) {
  BOOST_TEST(judge(boost::asio::error::operation_aborted, false) == circuit_verdict::no_evidence);
}

BOOST_AUTO_TEST_SUITE_END()
