// One client's connection: takes requests one after the other, has them carried out, answers.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/deadlines.hpp"
#include "base/launch.hpp"
#include "kv_server/doorbell.hpp"
#include "kv_server/request_reader.hpp"
#include "kv_server/services.hpp"
#include "transport/byte_stream.hpp"

namespace chronicle::kv {

class connection : public std::enable_shared_from_this<connection> {
 public:
  /// The stream's I/O runs on `strand`. With `secure` a TLS handshake comes first.
  connection(std::shared_ptr<services> shared, strand_type strand, std::unique_ptr<byte_stream> stream,
             bool secure);

  /// Serves until the client leaves or misbehaves, or the server stops; then calls `ended` on the strand.
  void start(std::function<void()> ended);

  /// Ends after the request under way, that is, whose head has arrived. Any thread.
  void stop();
  /// Ends at once. Any thread.
  void cut();

  /// Since when the client is being waited for: to send its request, all of it, or to take what it is sent;
  /// `time_point::max()` while it is the client who waits. Any thread.
  time_point waiting_since() const noexcept { return waiting_since_; }

 private:
  enum class received { all, malformed, late, gone };

  asio::awaitable<void> run();
  asio::awaitable<bool> shake_hands();
  asio::awaitable<received> receive_head();
  asio::awaitable<received> receive_body();
  asio::awaitable<received> read_more(time_point deadline);

  asio::awaitable<bool> serve_request();
  asio::awaitable<std::optional<response>> receive_and_carry_out(task& planned);
  asio::awaitable<bool> refuse(received why);

  asio::awaitable<bool> stream_events(subscribe_action const& asked);
  asio::awaitable<bool> pass_on_events(topic_hub::subscription& subscription);

  asio::awaitable<bool> send(response const& answer, bool close);
  asio::awaitable<bool> write(std::string_view first, std::string_view second = {});
  asio::awaitable<void> say_goodbye();

  std::shared_ptr<services> shared_;
  server_options const& options_;
  time_source& time_;
  strand_type strand_;
  std::shared_ptr<deadlines> time_outs_;
  std::unique_ptr<byte_stream> insecure_;  ///< before its TLS handshake
  std::optional<any_stream> stream_;
  request_reader reader_;
  std::shared_ptr<doorbell> bell_;
  asio::cancellation_signal cut_;
  std::atomic<time_point> waiting_since_;
  bool has_request_ = false;      ///< the head of a request has arrived, and its answer is not sent yet
  bool input_is_unread_ = false;  ///< a request was refused before all of it arrived
};

}  // namespace chronicle::kv
