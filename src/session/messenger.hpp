// The store's ear and mouth on the message bus: challenges other servers' leases, vouches for its own
// sessions, and tells those it robbed. What messages mean is decided in lease/challenge.hpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/waiting.hpp"
#include "chronicle/message_bus.hpp"
#include "lease/challenge.hpp"
#include "session/context.hpp"
#include "session/session.hpp"

namespace chronicle {

/// What a challenge brought.
enum class challenge_verdict {
  alive,      ///< the owner vouches for its lease
  releasing,  ///< it is giving the lease up; a window has passed since
  freed,      ///< it has given it up
  silent,     ///< no answer, although the bus works
  unproven,   ///< no answer, and nothing shows that the bus works
};

class messenger : public bus_listener, public std::enable_shared_from_this<messenger> {
 public:
  /// What the store has on a key.
  struct holding {
    bool busy = false;               ///< a start, a session, a release or a janitor is at work on it
    std::shared_ptr<session> owner;  ///< the session, if there is one
  };
  using find_holding = std::function<holding(std::string const& record_key)>;

  messenger(std::shared_ptr<context> ctx, find_holding find);

  /// Begins to listen on the server's own topic. Before the first acquire.
  void open();
  /// Stops listening.
  void close();

  /// Challenges the owner of `held` and waits out the window. `wake` is the caller's alarm: it is rung by
  /// answers, and by the caller to stop waiting when `cancelled` has become true.
  asio::awaitable<challenge_verdict> ask(std::string record_key, record::lease held, alarm& wake,
                                         bool const& cancelled, time_point deadline);

  /// Tells the previous owner that its lease was taken over.
  void tell_robbed(std::string const& record_key, record::lease const& held);
  /// Tells everybody who waits for this session that it is free.
  void tell_released(session const& ended);

  void on_message(std::string payload) override;
  void on_subscribed() override;
  void on_interrupted(error_code why) override;

 private:
  /// A challenge that waits for its answer.
  struct inquiry {
    record::lease held;
    alarm* wake = nullptr;
    bool heard_itself = false;  // its probe came back through the bus
    std::optional<lease::owner_state> answer;
  };

  asio::awaitable<void> pulse();
  bool stalled(time_point confirmed_at);
  void answer_challenge(lease::message const& challenge);
  void answer(lease::message const& challenge, lease::message const& reply);
  lease::message reply_to(lease::message const& challenge, lease::owner_state state) const;
  void send(std::string topic, lease::message const& m);

  std::shared_ptr<context> ctx_;
  find_holding find_;
  std::unordered_map<std::string, inquiry*> inquiries_;                   // by nonce
  std::unordered_map<std::string, std::vector<lease::message>> waiting_;  // challenges of sessions that
                                                                          // are being released, by session id
  asio::cancellation_signal stop_listening_;
  alarm pulse_alarm_;
  bool closed_ = false;
  time_point last_pulse_{};
  time_point stalled_until_{time_point::min()};  // the end of the last time the event loop stood still
};

}  // namespace chronicle
