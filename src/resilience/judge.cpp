#include <boost/asio/error.hpp>

#include "chronicle/circuit_breaker.hpp"

namespace chronicle {

circuit_verdict judge(error_code const& ec, bool throttling_persists) noexcept {
  if (!ec) return circuit_verdict::success;
  if (ec == boost::asio::error::operation_aborted) return circuit_verdict::no_evidence;
  // What is not ours comes from sockets, name look-up, TLS or an HTTP stream cut short.
  if (ec.category() != chronicle_category()) return circuit_verdict::failure;
  switch (static_cast<errc>(ec.value())) {
    case errc::backend_unavailable:
    case errc::timeout:
    case errc::backend_failure:
    case errc::indeterminate: return circuit_verdict::failure;
    case errc::throttled:
      return throttling_persists ? circuit_verdict::failure : circuit_verdict::no_evidence;
    // Answers. One key with a damaged or strange record must not open the circuit for all.
    case errc::lease_held:
    case errc::corrupted_record:
    case errc::unauthorized:
    case errc::protocol_error:
    case errc::response_too_large:
    case errc::session_lost: return circuit_verdict::success;
    // Decided here, before or without the backend.
    case errc::cancelled:
    case errc::already_active:
    case errc::shutting_down:
    case errc::circuit_open:
    case errc::session_inactive:
    case errc::invalid_key:
    case errc::invalid_url:
    case errc::invalid_json:
    case errc::unserializable_data:
    case errc::value_too_large:
    case errc::messaging_unavailable:
    case errc::internal_error: return circuit_verdict::no_evidence;
  }
  return circuit_verdict::no_evidence;
}

}  // namespace chronicle
