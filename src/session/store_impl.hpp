// The store behind the facade: a registry of keys, what goes on about each from its start to its release, and
// the close that ends them all. Everything runs on the store's strand.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/waiting.hpp"
#include "base/wake_up_call.hpp"
#include "chronicle/store.hpp"
#include "lease/observations.hpp"
#include "session/context.hpp"
#include "session/messenger.hpp"
#include "session/session.hpp"
#include "session/start.hpp"

namespace chronicle::detail {

class store_impl final : public session_keeper, public std::enable_shared_from_this<store_impl> {
 public:
  store_impl(asio::any_io_executor executor, std::string name, store_options options);

  /// Begins to listen on the bus. Once, after construction.
  void open();

  context& ctx() const noexcept { return *ctx_; }
  store_status status() const;
  store_metrics metrics() const;

  /// The operations. `self` keeps the store alive while they run.
  static asio::awaitable<result<profile>> start_session(std::shared_ptr<store_impl> self, std::string key);
  static asio::awaitable<outcome<close_report>> close(std::shared_ptr<store_impl> self);
  static asio::awaitable<outcome<close_report>> close_on_signals(std::shared_ptr<store_impl> self);

  void wake(session const& who) override;
  void set_to_work(session const& who) override;

 private:
  struct slot;
  /// The sessions that have nothing to do until a time; of equal times the first come is the first served.
  using sleepers = std::multimap<time_point, std::shared_ptr<slot>>;

  /// All that goes on about one key, from the start to the end of the session or of the janitor.
  struct slot {
    std::unique_ptr<start> starting;
    std::shared_ptr<session> open;
    std::optional<error_code> failure;  // of the start
    std::optional<sleepers::iterator> at_rest;
    bool gone = false;
    asio::cancellation_signal interrupt;  // of the one coroutine that works for this key
    std::shared_ptr<event> changed;       // when somebody waits

    asio::awaitable<bool> wait(asio::any_io_executor on);
    void notify_all();
  };
  using slots = std::map<std::string, std::shared_ptr<slot>>;

  // From the start of a session until it is open, or until a start that failed has been cleared up.
  static asio::awaitable<void> serve(std::shared_ptr<store_impl> self, std::string key,
                                     std::shared_ptr<slot> mine);
  asio::awaitable<result<acquired_profile>> acquire(std::string const& key, slot& mine,
                                                    std::shared_ptr<context>& home);
  // Tells whoever waits for the start, and lets the session begin.
  void opened(std::shared_ptr<slot> const& mine);
  // Lets an open session do what is due: until it rests again, or has ended.
  void begin_work(std::shared_ptr<slot> const& mine);
  // Sets to work everybody whose rest is over. Returns when the next one's is.
  std::optional<time_point> call_sleepers();
  void rest(std::shared_ptr<slot> const& mine, time_point until);
  std::shared_ptr<slot> take(sleepers::const_iterator sleeper);
  void drop(std::string const& key, slot& mine);
  // After an exception that nobody expected in `serve`.
  void abandon(std::string const& key, slot& mine, error_code why);

  static asio::awaitable<void> carry_out_close(std::shared_ptr<store_impl> self);
  asio::awaitable<result<std::shared_ptr<slot>>> take_slot(std::string const& key);
  asio::awaitable<void> release_all(time_point deadline);
  error_code check(std::string const& key) const;
  void begin_close();

  // Whether a start that failed for this reason is to be made in simulation instead.
  bool falls_back(error_code const& why) const;

  std::shared_ptr<context> ctx_;
  std::shared_ptr<context> fallback_;  // made when first needed
  lease::observations seen_;
  std::shared_ptr<messenger> messages_;
  slots slots_;  // by key
  // A session at rest is an entry here, without a coroutine; one clock calls them all.
  sleepers at_rest_;
  wake_up_call clock_;
  bool closing_ = false;
  std::weak_ptr<asio::signal_set> end_of_process_;  // held by those who wait in close_on_signals
  std::optional<outcome<close_report>> closed_;
  event close_done_;
  alarm slot_ended_;
  std::vector<std::shared_ptr<session>> to_release_;  // while closing
  close_report report_;
};

}  // namespace chronicle::detail
