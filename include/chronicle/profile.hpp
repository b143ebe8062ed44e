// An open profile: one player's data, held by this server under a lease.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "chronicle/error.hpp"
#include "chronicle/hooks.hpp"
#include "chronicle/session_state.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

namespace asio = boost::asio;

/// What became of a save or release.
enum class save_outcome {
  saved,           ///< confirmed: it is durable
  lost,            ///< the session was lost before it; it was never applied and never will be
  lost_but_saved,  ///< the session was lost, but this save got in before
  indeterminate,   ///< not confirmed within the deadline; the data stays dirty and the next save resumes; or,
                   ///< with `errc::session_lost`, nothing that is kept tells whether it got in before; or
                   ///< nobody waited for the end: with `errc::cancelled`, or `errc::timeout` of a closing
  rejected,        ///< not applied, definitely; the data stays dirty and is tried again
};
/// The name, as in the enumerator.
char const* to_string(save_outcome outcome) noexcept;

/// What a save or release came to. Given with every error code, clear or not.
struct save_receipt {
  save_outcome outcome = save_outcome::indeterminate;  ///< the verdict
  std::uint64_t commit_index = 0;                      ///< of the data as saved, or as attempted last
  std::uint64_t generation = 0;                        ///< the fencing token of the session
  bool written = false;                                ///< data was written; a lease may be without
  operation_stats stats;                               ///< what it cost

  save_receipt() = default;
  explicit save_receipt(save_outcome verdict) : outcome(verdict) {}  ///< of which nothing else is known
  /// True when the data is in the store: `saved` and `lost_but_saved`. False reads "not confirmed", not
  /// "failed".
  bool is_saved() const noexcept {
    return outcome == save_outcome::saved || outcome == save_outcome::lost_but_saved;
  }
};

/// What is known of a profile beside its data, as of the last confirmed write.
struct profile_metadata {
  std::string key;                 ///< as given to `async_start_session`
  std::string session_id;          ///< unique to this session
  std::uint64_t generation = 0;    ///< the fencing token: grows with every session of the profile
  std::uint64_t commit_index = 0;  ///< of the last confirmed change of the data
  wall_time_point created_at{};    ///< when the profile was first stored
  wall_time_point updated_at{};    ///< when its data was last changed
  std::uint64_t load_count = 0;    ///< sessions so far, this one included

  profile_metadata() = default;
};

namespace detail {
class profile_handle;
}

/// A handle on a session; copies share it. When the last one goes, the profile is released by itself.
///
/// Everything but the asynchronous operations must be called on the store's executor
/// (`store::get_executor()`); on a single-threaded context any code is. A default-constructed profile has no
/// session: it is not active, and the other members throw `errc::session_inactive`.
class profile {
 public:
  using executor_type = asio::any_io_executor;  ///< of `get_executor`

  /// Without a session.
  profile() = default;
  /// For the library.
  explicit profile(std::shared_ptr<detail::profile_handle> handle) : handle_(std::move(handle)) {}

  /// True when there is a session, in whatever state.
  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /// That of the store; the system's without a session.
  executor_type get_executor() const;

  /// The document; never marks it dirty. Valid while any handle lives; after release or loss it shows the
  /// last state. As stored, and so after it has been loaded, members come in the order of RFC 8785.
  boost::json::object const& data() const;

  /// The document, to change it: marks it dirty and arms write coalescing. Allowed while active or lapsed;
  /// otherwise throws `errc::session_inactive`. Changes made later through the same reference are noticed at
  /// the next renewal, save or release.
  boost::json::object& edit();

  /// True while the lease has not run out by this server's clock. With `steal_policy::messaging_timeout` a
  /// server that lives but does not answer on the bus may be robbed before that; it learns of it by a message
  /// or at its next write, within `lease_options::renew_age`. Only a confirmed save proves that the profile
  /// is still ours. With `steal_policy::expiry_only` on all servers nobody else owns it while this is true.
  bool is_active() const noexcept;
  /// Where the session is in its life.
  session_state state() const noexcept;
  /// True when edits are waiting to be saved.
  bool is_dirty() const;
  /// True when the profile lives in simulation: nothing of it ever reaches the real backend.
  bool is_simulated() const;
  /// As given to `async_start_session`. The reference is valid while a handle lives.
  std::string const& key() const;
  /// A snapshot.
  profile_metadata metadata() const;

  /// Saves the document as it is when the store's strand is reached. If a save is in flight one more follows,
  /// for all who ask meanwhile. With nothing to save and a valid lease it completes without a write
  /// (`save_receipt::written` is false).
  ///
  /// Signature: `void(error_code, save_receipt)`; the code is clear exactly for `save_outcome::saved`.
  /// Errors: `session_lost`; `session_inactive` for a profile that was released or has no session;
  /// `indeterminate` when it could not be confirmed within `retry_options::save_deadline`;
  /// `unserializable_data` and `value_too_large` about the document; `circuit_open`, `throttled`,
  /// `backend_unavailable`, `unauthorized` and others of the backend for a write that was rejected;
  /// what stopped the session, mostly `internal_error`, for `loss_cause::internal_error`; `cancelled`.
  /// Cancellation of any type: the caller hears `cancelled` at once, the save goes on. May be called from any
  /// thread. The handler is called on its associated executor, by default the one the store was given, never
  /// inline. The profile need not outlive the operation.
  template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, save_receipt)) Token = asio::deferred_t>
  auto async_save(Token&& token = {}) {
    return asio::async_initiate<Token, void(error_code, save_receipt)>(initiate_save(handle_), token);
  }

  /// Saves what is not saved and gives the lease back, in one write. No edits are taken from here on.
  ///
  /// Signature, errors, cancellation and threads as for `async_save`; the release goes on when its caller
  /// stops waiting, and so it does when the last handle on the profile goes. During an outage it is tried for
  /// `retry_options::release_deadline`, and while the lease may still be ours. Releasing twice reports the
  /// same receipt again.
  template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, save_receipt)) Token = asio::deferred_t>
  auto async_release(Token&& token = {}) {
    return asio::async_initiate<Token, void(error_code, save_receipt)>(initiate_release(handle_), token);
  }

 private:
  using handler_type = asio::any_completion_handler<void(error_code, save_receipt)>;

  struct initiate_save {
    using executor_type = asio::any_io_executor;
    explicit initiate_save(std::shared_ptr<detail::profile_handle> h) : handle(std::move(h)) {}
    executor_type get_executor() const noexcept;
    void operator()(handler_type handler) const;
    std::shared_ptr<detail::profile_handle> handle;
  };
  struct initiate_release {
    using executor_type = asio::any_io_executor;
    explicit initiate_release(std::shared_ptr<detail::profile_handle> h) : handle(std::move(h)) {}
    executor_type get_executor() const noexcept;
    void operator()(handler_type handler) const;
    std::shared_ptr<detail::profile_handle> handle;
  };

  std::shared_ptr<detail::profile_handle> handle_;
};

}  // namespace chronicle
