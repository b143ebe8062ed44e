#include "backend/http_status.hpp"

namespace chronicle {

error_code describe_status(unsigned status) noexcept {
  switch (status) {
    case 401:
    case 403: return errc::unauthorized;
    case 413: return errc::value_too_large;
    case 408:  // of an intermediary that waited in vain for whoever answers
    case 499: return errc::timeout;
    case 429: return errc::throttled;
    case 503: return errc::backend_unavailable;
    default: return status >= 500 ? errc::backend_failure : errc::protocol_error;
  }
}

}  // namespace chronicle
