// What can go wrong, as error codes of one category, and the questions a caller asks about a failure.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <type_traits>

namespace chronicle {

using boost::system::error_code;

/// The outcome of an operation: a value or an error code.
template <class T>
using result = boost::system::result<T>;

/// Errors of this library. Each has one meaning; zero is never used, it means success. Errors from below it
/// (sockets, name look-up, TLS) keep the system's codes: a refused connection is
/// `asio::error::connection_refused`. Errors of the backend speak of one request; where an operation
/// makes several, of the last one.
enum class errc {
  // A session could not be started.
  lease_held = 1,    ///< another server holds the lease: its owner lives, or `start_deadline` came before it
                     ///< expired or was released
  cancelled,         ///< the caller cancelled; a lease that was taken meanwhile is given back
  corrupted_record,  ///< the stored record failed its checks; nothing was written
  already_active,    ///< this store already has a session on the key
  shutting_down,     ///< the store is closing or closed
  // The backend.
  backend_unavailable,  ///< it could not be reached; the request was not carried out
  circuit_open,         ///< the circuit breaker refused the request; it was not sent
  timeout,              ///< no answer within the time allowed; whether it was carried out is unknown
  throttled,        ///< the backend, or our retry budget, asks to slow down; the request was not carried out
  unauthorized,     ///< the backend refused our credentials
  protocol_error,   ///< the backend's answer is not one our dialect allows
  backend_failure,  ///< the backend reported an internal failure
  response_too_large,  ///< the answer exceeds the configured limit
  // A session.
  session_lost,      ///< it ended against its will, see `loss_cause`; nothing can be written any more
  session_inactive,  ///< the profile was released or lost: it takes no edits and no saves
  indeterminate,     ///< the write could not be confirmed; it may or may not have been applied
  // Input.
  invalid_key,          ///< empty, longer than 512 bytes, not UTF-8, or holding a NUL
  invalid_url,          ///< not an http:// or https:// URL as documented
  invalid_json,         ///< the text is not JSON, or JSON this library does not take
  unserializable_data,  ///< the document holds what JSON cannot: NaN, infinity, bad UTF-8, too deep
  value_too_large,      ///< the record is larger than the backend takes
  // The message bus.
  messaging_unavailable,  ///< the message bus cannot be reached
  // Us.
  internal_error,  ///< an exception that no error code describes; the log has its text
};

/// What a caller decides on. Compare an error code with `==`: `if (ec == condition::retryable)`. Of errors
/// from below the library outages of the network, name look-up included, are retryable; others, such as those
/// of certificates, match no condition.
enum class condition {
  retryable = 1,  ///< the same call may succeed later without anybody changing anything
  fatal,          ///< it will not succeed until a person or the program changes something
  conflict,       ///< someone else holds what was asked for
};

/// The category of `errc`; its name is "chronicle".
boost::system::error_category const& chronicle_category() noexcept;
/// The category of `condition`.
boost::system::error_category const& condition_category() noexcept;

/// `e` in `chronicle_category`; found by `error_code`'s constructor.
error_code make_error_code(errc e) noexcept;
/// `c` in `condition_category`; found by `error_condition`'s constructor.
boost::system::error_condition make_error_condition(condition c) noexcept;

/// True when the same call may succeed later by itself: outages, those of the network included, time-outs,
/// throttling, an open circuit, a lease that is held.
bool is_retryable(error_code const& ec) noexcept;
/// True when retrying cannot help: corruption, bad input, refused credentials, a closed store.
bool is_fatal(error_code const& ec) noexcept;
/// True when another session, here or on another server, is in the way.
bool is_conflict(error_code const& ec) noexcept;

}  // namespace chronicle

/// @cond
template <>
struct boost::system::is_error_code_enum<chronicle::errc> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<chronicle::condition> : std::true_type {};
/// @endcond
