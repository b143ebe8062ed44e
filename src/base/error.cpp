#include "chronicle/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <string>

namespace chronicle {
namespace {

char const* describe(errc e) noexcept {
  switch (e) {
    case errc::lease_held: return "another server holds the lease on this profile";
    case errc::cancelled: return "the operation was cancelled by its caller";
    case errc::corrupted_record: return "the stored record is corrupt; nothing was written";
    case errc::already_active: return "this store already has a session on this key";
    case errc::shutting_down: return "the store is closing";
    case errc::backend_unavailable: return "the backend cannot be reached; nothing was sent";
    case errc::circuit_open: return "the circuit breaker is open; nothing was sent";
    case errc::timeout: return "the backend did not answer in time; the outcome is unknown";
    case errc::throttled:
      return "the backend or the retry budget asks to slow down; the request was not carried out";
    case errc::unauthorized: return "the backend refused the credentials";
    case errc::protocol_error: return "the backend's answer does not follow the protocol";
    case errc::backend_failure: return "the backend reported an internal failure";
    case errc::response_too_large: return "the backend's answer exceeds the configured limit";
    case errc::session_lost: return "the session was lost to another server";
    case errc::session_inactive: return "the profile is not active: it was released or lost";
    case errc::indeterminate: return "the write could not be confirmed; it may have been applied";
    case errc::invalid_key: return "the key is not 1 to 512 bytes of UTF-8 without NUL";
    case errc::invalid_url: return "the URL is not http://host[:port][/path] or https://...";
    case errc::invalid_json: return "the text is not acceptable JSON";
    case errc::unserializable_data: return "the document holds what JSON cannot express";
    case errc::value_too_large: return "the record is larger than the backend takes";
    case errc::messaging_unavailable: return "the message bus cannot be reached";
    case errc::internal_error: return "an unexpected exception; see the log";
  }
  return "unknown chronicle error";
}

class chronicle_category_impl final : public boost::system::error_category {
 public:
  char const* name() const noexcept override { return "chronicle"; }
  std::string message(int value) const override { return describe(static_cast<errc>(value)); }
};

class condition_category_impl final : public boost::system::error_category {
 public:
  char const* name() const noexcept override { return "chronicle.condition"; }
  std::string message(int value) const override {
    switch (static_cast<condition>(value)) {
      case condition::retryable: return "may succeed later";
      case condition::fatal: return "will not succeed by itself";
      case condition::conflict: return "held by someone else";
    }
    return "unknown chronicle condition";
  }
  bool equivalent(error_code const& ec, int value) const noexcept override {
    switch (static_cast<condition>(value)) {
      case condition::retryable: return is_retryable(ec);
      case condition::fatal: return is_fatal(ec);
      case condition::conflict: return is_conflict(ec);
    }
    return false;
  }
};

bool is_ours(error_code const& ec) noexcept {
  return ec.category() == chronicle_category();
}

}  // namespace

boost::system::error_category const& chronicle_category() noexcept {
  static chronicle_category_impl const category;
  return category;
}

boost::system::error_category const& condition_category() noexcept {
  static condition_category_impl const category;
  return category;
}

error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), chronicle_category()};
}

boost::system::error_condition make_error_condition(condition c) noexcept {
  return {static_cast<int>(c), condition_category()};
}

bool is_retryable(error_code const& ec) noexcept {
  if (!is_ours(ec)) {
    namespace error = boost::asio::error;
    return ec == error::connection_refused || ec == error::connection_reset ||
           ec == error::connection_aborted || ec == error::host_unreachable ||
           ec == error::network_unreachable || ec == error::timed_out || ec == error::eof ||
           ec == error::broken_pipe || ec == error::network_down || ec == error::network_reset ||
           ec == error::no_descriptors || ec == error::host_not_found ||
           ec == error::host_not_found_try_again || ec == boost::asio::ssl::error::stream_truncated;
  }
  switch (static_cast<errc>(ec.value())) {
    case errc::backend_unavailable:
    case errc::circuit_open:
    case errc::timeout:
    case errc::throttled:
    case errc::backend_failure:
    case errc::indeterminate:
    case errc::messaging_unavailable:
    case errc::lease_held: return true;
    default: return false;
  }
}

bool is_fatal(error_code const& ec) noexcept {
  if (!is_ours(ec)) return false;
  switch (static_cast<errc>(ec.value())) {
    case errc::corrupted_record:
    case errc::shutting_down:
    case errc::unauthorized:
    case errc::protocol_error:
    case errc::response_too_large:
    case errc::session_lost:
    case errc::session_inactive:
    case errc::invalid_key:
    case errc::invalid_url:
    case errc::invalid_json:
    case errc::unserializable_data:
    case errc::value_too_large:
    case errc::internal_error: return true;
    default: return false;
  }
}

bool is_conflict(error_code const& ec) noexcept {
  return ec == make_error_code(errc::lease_held) || ec == make_error_code(errc::already_active) ||
         ec == make_error_code(errc::session_lost);
}

}  // namespace chronicle
