#include "session/observer.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace chronicle {
namespace {

std::string in_milliseconds(std::chrono::nanoseconds t) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(t).count());
}

// One of several counters, by what was heard.
std::uint64_t& start_counter(store_metrics& counters, error_code const& why) {
  auto& starts = counters.starts;
  if (why == make_error_code(errc::lease_held)) return starts.lease_held;
  if (why == make_error_code(errc::cancelled) || why == make_error_code(errc::shutting_down))
    return starts.cancelled;
  if (why == make_error_code(errc::corrupted_record)) return starts.corrupted;
  if (why == make_error_code(errc::circuit_open)) return starts.circuit_open;
  return starts.failed;
}

std::uint64_t& write_counter(store_metrics::writes& writes, save_outcome outcome) {
  switch (outcome) {
    case save_outcome::saved: return writes.saved;
    case save_outcome::lost: return writes.lost;
    case save_outcome::lost_but_saved: return writes.lost_but_saved;
    case save_outcome::indeterminate: return writes.indeterminate;
    case save_outcome::rejected: break;
  }
  return writes.rejected;
}

}  // namespace

char const* to_string(lease_resolution resolution) noexcept {
  switch (resolution) {
    case lease_resolution::expired_lease_steal: return "expired_lease_steal";
    case lease_resolution::messaging_timeout_steal: return "messaging_timeout_steal";
    case lease_resolution::active_owner_confirmed: return "active_owner_confirmed";
  }
  return "unknown";
}

char const* to_string(loss_cause cause) noexcept {
  switch (cause) {
    case loss_cause::stolen: return "stolen";
    case loss_cause::removed: return "removed";
    case loss_cause::internal_error: return "internal_error";
  }
  return "unknown";
}

observer::observer(asio::any_io_executor executor, hooks callbacks, logger log, store_metrics& counters)
    : strand_(std::move(executor)), shared_(std::make_shared<shared_state>()), counters_(counters) {
  shared_->callbacks = std::move(callbacks);
  shared_->log = std::move(log);
}

void observer::post(char const* hook, std::function<void(hooks const&)> invoke) const {
  asio::post(strand_, [hook, invoke = std::move(invoke), shared = shared_] {
    try {
      invoke(shared->callbacks);
    } catch (std::exception const& e) {
      ++shared->exceptions;
      shared->log.write(log_level::error, "hook_threw", {{"hook", hook}, {"what", e.what()}});
    } catch (...) {
      ++shared->exceptions;
      shared->log.write(log_level::error, "hook_threw", {{"hook", hook}, {"what", "not a std::exception"}});
    }
  });
}

void observer::loaded(std::string const& key, boost::json::object const& data, std::uint64_t generation,
                      operation_stats const& stats) const {
  ++counters_.starts.loaded;
  counters_.start_duration.record(stats.latency);
  log().write(log_level::info, "loaded",
              {{"key", key},
               {"generation", std::to_string(generation)},
               {"latency_ms", in_milliseconds(stats.latency)},
               {"calls", std::to_string(stats.backend_calls)},
               {"retries", std::to_string(stats.retries)},
               {"bytes", std::to_string(stats.bytes)}});
  if (!shared_->callbacks.on_load) return;
  post("on_load", [key, data, stats](hooks const& h) { h.on_load(key, data, stats); });
}

void observer::load_failed(std::string const& key, error_code why, operation_stats const& stats) const {
  ++start_counter(counters_, why);
  counters_.start_duration.record(stats.latency);
  log().write(log_level::warning, "load_failed",
              {{"key", key},
               {"why", why.message()},
               {"latency_ms", in_milliseconds(stats.latency)},
               {"calls", std::to_string(stats.backend_calls)},
               {"retries", std::to_string(stats.retries)}});
}

void observer::fell_back(std::string const& key, error_code why) const {
  log().write(log_level::error, "simulated_profile",
              {{"key", key}, {"why", why.message()}, {"effect", "it will never reach the backend"}});
}

void observer::saved(std::string const& key, std::optional<boost::json::object> data,
                     save_receipt const& receipt) const {
  if (log().enabled(log_level::info))
    log().write(log_level::info, "saved",
                {{"key", key},
                 {"commit", std::to_string(receipt.commit_index)},
                 {"generation", std::to_string(receipt.generation)},
                 {"latency_ms", in_milliseconds(receipt.stats.latency)},
                 {"calls", std::to_string(receipt.stats.backend_calls)},
                 {"retries", std::to_string(receipt.stats.retries)},
                 {"bytes", std::to_string(receipt.stats.bytes)}});
  if (!shared_->callbacks.on_save || !data) return;
  post("on_save", [key, data = std::move(*data), stats = receipt.stats](hooks const& h) {
    h.on_save(key, data, stats);
  });
}

void observer::save_failed(std::string const& key, save_failure failure) const {
  log().write(
      failure.will_retry ? log_level::warning : log_level::error, "save_failed",
      {{"key", key}, {"why", failure.why.message()}, {"will_retry", failure.will_retry ? "yes" : "no"}});
  if (!shared_->callbacks.on_save_failed) return;
  post("on_save_failed",
       [key, failure = std::move(failure)](hooks const& h) { h.on_save_failed(key, failure); });
}

void observer::corrupted(std::string const& key, corruption what) const {
  ++counters_.corrupted_records;
  log().write(log_level::error, "corrupted_record",
              {{"key", key}, {"kind", what.kind}, {"path", what.path}, {"details", what.details}});
  if (!shared_->callbacks.on_corruption) return;
  post("on_corruption", [key, what = std::move(what)](hooks const& h) { h.on_corruption(key, what); });
}

void observer::lease_conflict(std::string const& key, lease_resolution resolution) const {
  switch (resolution) {
    case lease_resolution::expired_lease_steal: ++counters_.lease_conflicts.expired_lease_steal; break;
    case lease_resolution::messaging_timeout_steal:
      ++counters_.lease_conflicts.messaging_timeout_steal;
      break;
    case lease_resolution::active_owner_confirmed: ++counters_.lease_conflicts.active_owner_confirmed; break;
  }
  log().write(log_level::warning, "lease_conflict", {{"key", key}, {"resolution", to_string(resolution)}});
  if (!shared_->callbacks.on_lease_conflict) return;
  post("on_lease_conflict", [key, resolution](hooks const& h) { h.on_lease_conflict(key, resolution); });
}

void observer::session_lost(std::string const& key, session_loss loss) const {
  switch (loss.cause) {
    case loss_cause::stolen: ++counters_.sessions_lost.stolen; break;
    case loss_cause::removed: ++counters_.sessions_lost.removed; break;
    case loss_cause::internal_error: ++counters_.sessions_lost.internal_error; break;
  }
  log().write(log_level::error, "session_lost",
              {{"key", key}, {"cause", to_string(loss.cause)}, {"unsaved", loss.unsaved ? "yes" : "no"}});
  if (!shared_->callbacks.on_session_lost) return;
  post("on_session_lost", [key, loss = std::move(loss)](hooks const& h) { h.on_session_lost(key, loss); });
}

void observer::released(std::string const& key, save_receipt const& receipt) const {
  log().write(log_level::info, "released",
              {{"key", key},
               {"outcome", to_string(receipt.outcome)},
               {"commit", std::to_string(receipt.commit_index)},
               {"generation", std::to_string(receipt.generation)}});
}

void observer::renewal_failed(std::string const& key, error_code why) const {
  log().write(log_level::warning, "renewal_failed", {{"key", key}, {"why", why.message()}});
}

void observer::lapsed(std::string const& key) const {
  log().write(log_level::warning, "lease_lapsed", {{"key", key}});
}

void observer::circuit_changed(circuit_event const& event) const {
  auto const& stats = event.stats;
  log().write(event.entered == circuit_state::open ? log_level::error : log_level::warning, "circuit",
              {{"state", to_string(event.entered)},
               {"reason", event.entered == circuit_state::open ? to_string(event.reason) : "none"},
               {"consecutive_failures", std::to_string(stats.consecutive_failures)},
               {"error_rate", std::to_string(stats.error_rate)},
               {"open_ms", std::to_string(stats.open_for.count())}});
  auto const& h = shared_->callbacks;
  switch (event.entered) {
    case circuit_state::open:
      ++counters_.circuit_changes.open;
      if (h.on_circuit_open)
        post("on_circuit_open",
             [event](hooks const& all) { all.on_circuit_open(to_string(event.reason), event.stats); });
      break;
    case circuit_state::half_open:
      ++counters_.circuit_changes.half_open;
      if (h.on_circuit_half_open)
        post("on_circuit_half_open", [event](hooks const& all) { all.on_circuit_half_open(event.stats); });
      break;
    case circuit_state::closed:
      ++counters_.circuit_changes.closed;
      if (h.on_circuit_close)
        post("on_circuit_close", [event](hooks const& all) { all.on_circuit_close(event.stats); });
      break;
  }
}

void observer::count_save(save_receipt const& receipt) const {
  ++write_counter(counters_.saves, receipt.outcome);
  counters_.save_duration.record(receipt.stats.latency);
}

void observer::count_renewal(save_receipt const& receipt) const {
  ++write_counter(counters_.renewals, receipt.outcome);
  counters_.renewal_duration.record(receipt.stats.latency);
}

void observer::count_release(save_receipt const& receipt) const {
  ++write_counter(counters_.releases, receipt.outcome);
  counters_.release_duration.record(receipt.stats.latency);
}

}  // namespace chronicle
