// A store opens profiles: the entry point of the library.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chronicle/error.hpp"
#include "chronicle/metrics.hpp"
#include "chronicle/profile.hpp"
#include "chronicle/store_options.hpp"

namespace chronicle {

/// What closing did to one profile.
struct close_report_entry {
  std::string key;  ///< as given to `async_start_session`
  error_code
      ec;  ///< clear when everything is saved and the lease is free; `timeout` when the deadline came first
  save_receipt receipt;  ///< of the release

  close_report_entry() = default;
  /// From its parts.
  close_report_entry(std::string k, error_code e, save_receipt r) : key(std::move(k)), ec(e), receipt(r) {}
};

/// What closing a store came to.
struct close_report {
  std::vector<close_report_entry> profiles;  ///< one for every profile that was open
  std::size_t cancelled_starts = 0;          ///< starts that were under way
  bool complete = true;                      ///< false when the deadline came first

  close_report() = default;
  /// True when nothing is left unsaved and no lease is left behind.
  bool all_saved() const noexcept {
    for (auto const& entry : profiles)
      if (entry.ec) return false;
    return complete;
  }
};

/// Where a store's profiles live.
enum class store_mode {
  production,   ///< in the configured backend
  simulation,   ///< in memory: they vanish with the store
  unavailable,  ///< nowhere at the moment: the backend does not answer
};
/// The name, as in the enumerator.
char const* to_string(store_mode mode) noexcept;

/// Whether a store can be used, and where its profiles live.
struct store_status {
  bool enabled = true;                       ///< false exactly when `mode` is `unavailable`
  store_mode mode = store_mode::production;  ///< where

  store_status() = default;
};

namespace detail {
class store_impl;
}

/// Opens profiles under leases and keeps them saved. Copies share the store. When the last copy goes, the
/// store closes in the background.
///
/// Asynchronous operations may be started from any thread. Everything the store does runs on one strand made
/// from the given executor: `get_executor()`. Distinct stores share nothing but what they were given, so a
/// server uses many cores with one store a thread. The execution context must outlive the store and its
/// profiles.
class store {
 public:
  using executor_type = asio::any_io_executor;  ///< of `get_executor`

  /// `name` is the first part of every backend key ("<name>/<key>"): 1 to 64 bytes of UTF-8 without '/' and
  /// NUL. Throws std::invalid_argument when it or the options are not acceptable, saying which and why.
  store(asio::any_io_executor executor, std::string name, store_options options);
  /// The last copy's closes the store in the background: its io_context has to run on for that.
  ~store();
  store(store const&) = default;                 ///< shares the store
  store(store&&) noexcept = default;             ///< the source may only be destroyed or assigned to
  store& operator=(store const&) = default;      ///< shares the store
  store& operator=(store&&) noexcept = default;  ///< the source may only be destroyed or assigned to

  /// The strand. Code that touches documents runs here.
  executor_type get_executor() const noexcept;
  /// As given to the constructor.
  std::string const& name() const noexcept;
  /// How this server is named in leases: `store_options::server_name` and a unique id.
  std::string const& server_id() const noexcept;

  /// Whether profiles can be had, as far as is known: `unavailable` while the circuit breaker is not closed
  /// or the last request went unanswered. On the store's executor only, as are the next two.
  store_status status() const;
  /// `status().enabled`.
  bool is_available() const { return status().enabled; }
  /// What the store has counted and what there is now. `render_prometheus` makes a page of it.
  store_metrics metrics() const;

  /// Takes the lease on a profile, loads and verifies it, and fills in what the template has and it lacks.
  ///
  /// A lease held by another server is challenged over the message bus: the start fails with `lease_held`
  /// when its owner lives, takes the lease over when the owner stays silent or the lease has expired, and
  /// waits while the owner is releasing it or, without messaging, until the lease has expired. When
  /// `retry_options::start_deadline` comes before that it fails with `lease_held`, too, and
  /// `hooks::on_lease_conflict` is not called. A release of the same key by this store is waited for.
  ///
  /// `key`: 1 byte to what the backend takes (512 with the store's name) of UTF-8 without NUL.
  ///
  /// Signature: `void(error_code, profile)`. Errors: `invalid_key`, `already_active`, `lease_held`,
  /// `corrupted_record` (nothing was written), `circuit_open`, `backend_unavailable`, `timeout`,
  /// `indeterminate` and others of the backend within `retry_options::start_deadline`, `shutting_down`,
  /// `cancelled`. Cancellation of any type: the caller hears `cancelled` at once; a lease that was taken
  /// meanwhile is given back in the background, and `async_close` waits for that. May be called from any
  /// thread. The handler is called on its associated executor, by default the one the store was given, never
  /// inline.
  template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, profile)) Token = asio::deferred_t>
  auto async_start_session(std::string key, Token&& token = {}) {
    return asio::async_initiate<Token, void(error_code, profile)>(initiate_start(impl_), token,
                                                                  std::move(key));
  }

  /// Stops taking new sessions, cancels pending starts and releases every profile, those with unsaved data
  /// first, within `close_options::deadline`. What is unsaved when the deadline comes goes to
  /// `hooks::on_save_failed`, with `will_retry` false; as long as the executor runs the releases go on. Safe
  /// to call more than once: everybody gets the same report.
  ///
  /// Signature: `void(error_code, close_report)`; the code is `timeout` when the deadline came first, clear
  /// otherwise. Cancellation of any type: the caller hears `cancelled` at once, closing goes on. Threads and
  /// handler as for `async_start_session`.
  template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, close_report)) Token = asio::deferred_t>
  auto async_close(Token&& token = {}) {
    return asio::async_initiate<Token, void(error_code, close_report)>(initiate_close(impl_, false), token);
  }

  /// As `async_close`, but first waits until the process is told to end (SIGINT or SIGTERM) or the store is
  /// closed otherwise. From here until the end of closing those signals do nothing else. Does not keep the
  /// store open.
  ///
  /// Signature, cancellation and threads as for `async_close`; cancelled while it waits, it leaves the store
  /// open.
  template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, close_report)) Token = asio::deferred_t>
  auto async_close_on_signals(Token&& token = {}) {
    return asio::async_initiate<Token, void(error_code, close_report)>(initiate_close(impl_, true), token);
  }

 private:
  struct initiate_start {
    using executor_type = asio::any_io_executor;
    explicit initiate_start(std::shared_ptr<detail::store_impl> i) : impl(std::move(i)) {}
    executor_type get_executor() const noexcept;
    void operator()(asio::any_completion_handler<void(error_code, profile)> handler, std::string key) const;
    std::shared_ptr<detail::store_impl> impl;
  };
  struct initiate_close {
    using executor_type = asio::any_io_executor;
    initiate_close(std::shared_ptr<detail::store_impl> i, bool s) : impl(std::move(i)), on_signals(s) {}
    executor_type get_executor() const noexcept;
    void operator()(asio::any_completion_handler<void(error_code, close_report)> handler) const;
    std::shared_ptr<detail::store_impl> impl;
    bool on_signals;
  };

  std::shared_ptr<detail::store_impl> impl_;
  std::shared_ptr<void> close_when_last_;
};

/// Closes `s` when the process is told to end: `store::async_close_on_signals` as a line of a server's
/// `main`.
template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, close_report)) Token = asio::deferred_t>
auto close_on_signals(store s, Token&& token = {}) {
  return s.async_close_on_signals(std::forward<Token>(token));
}

}  // namespace chronicle
