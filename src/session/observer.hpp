// What a store tells the outside: for every event one log line, one hook call and what is counted, decided in
// this one place. No player data goes into the log.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/logger.hpp"
#include "base/strand.hpp"
#include "chronicle/hooks.hpp"
#include "chronicle/metrics.hpp"
#include "chronicle/profile.hpp"

namespace chronicle {

/// Hooks are posted to a strand of their own: in order, one at a time, never inside the store's strand.
class observer {
 public:
  observer(asio::any_io_executor executor, hooks callbacks, logger log, store_metrics& counters);

  /// Whether anybody wants the snapshot of a saved document.
  bool wants_saved_data() const noexcept { return static_cast<bool>(shared_->callbacks.on_save); }
  /// Whether anybody wants the snapshot of data that could not be saved.
  bool wants_failed_data() const noexcept { return static_cast<bool>(shared_->callbacks.on_save_failed); }

  void loaded(std::string const& key, boost::json::object const& data, std::uint64_t generation,
              operation_stats const& stats) const;
  void load_failed(std::string const& key, error_code why, operation_stats const& stats) const;
  void fell_back(std::string const& key, error_code why) const;
  void saved(std::string const& key, std::optional<boost::json::object> data,
             save_receipt const& receipt) const;
  void save_failed(std::string const& key, save_failure failure) const;
  void renewal_failed(std::string const& key, error_code why) const;
  void lapsed(std::string const& key) const;
  void released(std::string const& key, save_receipt const& receipt) const;
  void corrupted(std::string const& key, corruption what) const;
  void lease_conflict(std::string const& key, lease_resolution resolution) const;
  void session_lost(std::string const& key, session_loss loss) const;
  void circuit_changed(circuit_event const& event) const;

  /// Counts the end of a write of a session.
  void count_save(save_receipt const& receipt) const;
  void count_renewal(save_receipt const& receipt) const;
  void count_release(save_receipt const& receipt) const;

  /// How many hooks threw so far.
  std::uint64_t hook_exceptions() const noexcept {
    return shared_->exceptions.load(std::memory_order_relaxed);
  }

  logger const& log() const noexcept { return shared_->log; }

 private:
  struct shared_state {
    hooks callbacks;
    logger log;
    std::atomic<std::uint64_t> exceptions = 0;  // hooks run on their own strand
  };

  // Calls `invoke(callbacks)` later; an exception is logged.
  void post(char const* hook, std::function<void(hooks const&)> invoke) const;

  strand_type strand_;
  std::shared_ptr<shared_state> shared_;
  store_metrics& counters_;
};

}  // namespace chronicle
