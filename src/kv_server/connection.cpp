#include "kv_server/connection.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "base/hex.hpp"
#include "base/waiting.hpp"
#include "kv_server/carry_out.hpp"
#include "kv_server/problem.hpp"
#include "kv_server/replies.hpp"

namespace chronicle::kv {
namespace {

using namespace std::chrono_literals;

/// An error and a number of bytes; trivial, as g++ 12 wants it around co_await.
struct transfer {
  error_code ec;
  std::size_t bytes = 0;
};

asio::awaitable<transfer> read_some(any_stream& stream, asio::mutable_buffer into) {
  auto operation = stream.async_read_some(into, asio::as_tuple(asio::deferred));
  auto const [ec, bytes] = co_await std::move(operation);
  co_return transfer{ec, bytes};
}

asio::awaitable<transfer> write_all(any_stream& stream, std::string_view first, std::string_view second) {
  std::array<asio::const_buffer, 2> const buffers{asio::buffer(first), asio::buffer(second)};
  auto operation = asio::async_write(stream, buffers, asio::as_tuple(asio::deferred));
  auto const [ec, bytes] = co_await std::move(operation);
  co_return transfer{ec, bytes};
}

std::string chunk_head(std::size_t bytes) {
  std::string digits;
  for (; bytes > 0; bytes /= 16) digits.insert(digits.begin(), hex_digits[bytes % 16]);
  return digits + "\r\n";
}

}  // namespace

connection::connection(std::shared_ptr<services> shared, strand_type strand,
                       std::unique_ptr<byte_stream> stream, bool secure)
    : shared_(std::move(shared)),
      options_(shared_->options),
      time_(*shared_->time),
      strand_(std::move(strand)),
      time_outs_(std::make_shared<deadlines>(shared_->time, strand_)),
      insecure_(std::move(stream)),
      reader_(options_.max_header_bytes),
      bell_(std::make_shared<doorbell>(strand_, shared_->time)),
      waiting_since_(time_.now()) {
  if (!secure) stream_.emplace(std::move(insecure_));
}

void connection::start(std::function<void()> ended) {
  auto finish = [self = shared_from_this(), ended = std::move(ended)](std::exception_ptr thrown) {
    self->time_outs_->close();
    // A cut connection ends by an exception; any other is worth a line.
    if (thrown && to_error_code(thrown) != asio::error::operation_aborted)
      self->shared_->log.write(log_level::error, "connection_failed",
                               {{"reason", to_error_code(thrown).message()}});
    ended();
  };
  asio::co_spawn(strand_, run(), asio::bind_cancellation_slot(cut_.slot(), std::move(finish)));
}

void connection::stop() {
  asio::post(strand_, [self = shared_from_this()] {
    self->bell_->ring();
    if (!self->has_request_ && self->stream_) self->stream_->bytes().close();
  });
}

void connection::cut() {
  asio::post(strand_, [self = shared_from_this()] {
    self->bell_->ring();
    self->cut_.emit(asio::cancellation_type::terminal);
  });
}

asio::awaitable<void> connection::run() {
  if (!stream_) {
    auto handshake = shake_hands();
    bool const done = co_await std::move(handshake);
    if (!done) co_return;
  }
  while (true) {
    auto receiving = receive_head();
    auto const got = co_await std::move(receiving);
    if (got == received::gone) co_return;
    auto serving = got == received::all ? serve_request() : refuse(got);
    bool const goes_on = co_await std::move(serving);
    if (!goes_on) break;
    reader_.next();
  }
  auto goodbye = say_goodbye();
  co_await std::move(goodbye);
}

asio::awaitable<bool> connection::shake_hands() {
  auto operation = shared_->tls->handshake(std::move(insecure_));
  auto handshake = with_deadline(*time_outs_, time_.now() + options_.head_timeout, std::move(operation));
  auto outcome = co_await std::move(handshake);
  if (outcome.thrown || !outcome.value) {
    ++shared_->metrics.handshakes_failed;
    co_return false;
  }
  stream_.emplace(std::move(*outcome.value));
  co_return true;
}

asio::awaitable<connection::received> connection::receive_head() {
  has_request_ = false;
  waiting_since_ = time_.now();
  time_point deadline = time_.now() + options_.idle_timeout;
  bool begun = false;
  while (true) {
    auto const progress = reader_.parse();
    if (progress == request_reader::progress::head) co_return received::all;
    if (progress == request_reader::progress::failed) co_return received::malformed;
    if (!begun && !reader_.is_idle()) {
      begun = true;
      deadline = time_.now() + options_.head_timeout;
    }
    if (shared_->stopping) co_return received::gone;
    auto reading = read_more(deadline);
    auto const got = co_await std::move(reading);
    if (got == received::late && !begun) co_return received::gone;
    if (got != received::all) co_return got;
  }
}

asio::awaitable<connection::received> connection::receive_body() {
  time_point const deadline = time_.now() + options_.body_timeout;
  while (true) {
    auto const progress = reader_.parse();
    if (progress == request_reader::progress::complete) co_return received::all;
    if (progress == request_reader::progress::failed) co_return received::malformed;
    auto reading = read_more(deadline);
    auto const got = co_await std::move(reading);
    if (got != received::all) co_return got;
  }
}

asio::awaitable<connection::received> connection::read_more(time_point deadline) {
  auto reading = with_deadline(*time_outs_, deadline, read_some(*stream_, reader_.prepare()));
  auto const outcome = co_await std::move(reading);
  if (outcome.expired) co_return received::late;
  if (outcome.thrown || outcome.value.ec) co_return received::gone;
  reader_.commit(outcome.value.bytes);
  co_return received::all;
}

asio::awaitable<bool> connection::refuse(received why) {
  input_is_unread_ = true;
  response answer = why == received::malformed
                        ? reader_.failure()
                        : problem(408, "too-slow", "Request timeout", "the request did not arrive in time");
  shared_->metrics.count_request("", answer.status, std::nullopt);
  auto sending = send(answer, true);
  co_await std::move(sending);
  co_return false;
}

asio::awaitable<bool> connection::serve_request() {
  has_request_ = true;
  time_point const begun = time_.now();
  action planned = shared_->planner.plan(reader_.head());
  if (auto const* const subscription = std::get_if<subscribe_action>(&planned)) {
    auto streaming = stream_events(*subscription);
    bool const goes_on = co_await std::move(streaming);
    co_return goes_on;
  }
  std::optional<response> answer;
  bool waits = false;
  if (auto* const refused = std::get_if<response>(&planned)) {
    input_is_unread_ = reader_.head().has_body();
    answer = std::move(*refused);
  } else {
    auto& todo = std::get<task>(planned);
    waits = std::holds_alternative<read_action>(todo) && std::get<read_action>(todo).wait > 0s;
    auto working = receive_and_carry_out(todo);
    answer = co_await std::move(working);
  }
  if (!answer) co_return false;
  bool const close = input_is_unread_ || !reader_.head().keep_alive || shared_->stopping;
  auto sending = send(*answer, close);
  bool const sent = co_await std::move(sending);
  auto const took = waits ? std::nullopt : std::optional(time_.now() - begun);
  shared_->metrics.count_request(reader_.head().method, answer->status, took);
  co_return sent && !close;
}

asio::awaitable<std::optional<response>> connection::receive_and_carry_out(task& planned) {
  reader_.limit_body(shared_->planner.max_body(planned));
  if (reader_.expects_continue()) {
    auto inviting = write("HTTP/1.1 100 Continue\r\n\r\n");
    bool const invited = co_await std::move(inviting);
    if (!invited) co_return std::nullopt;
  }
  auto receiving = receive_body();
  auto const got = co_await std::move(receiving);
  if (got == received::gone) co_return std::nullopt;
  if (got != received::all) {
    input_is_unread_ = true;
    if (got == received::malformed) co_return reader_.failure();
    co_return problem(408, "too-slow", "Request timeout", "the body did not arrive in time");
  }
  if (auto refused = shared_->planner.take_body(planned, reader_.take_body())) co_return std::move(*refused);
  waiting_since_ = time_point::max();
  auto working = carry_out(*shared_, bell_, planned);
  auto answer = co_await std::move(working);
  waiting_since_ = time_.now();
  co_return answer;
}

asio::awaitable<bool> connection::stream_events(subscribe_action const& asked) {
  auto const subscription = shared_->topics.subscribe(asked.topic, asked.last_event_id, bell_);
  if (!subscription) {
    response const full = too_many_topics();
    shared_->metrics.count_request("GET", full.status, std::nullopt);
    auto sending = send(full, true);
    co_await std::move(sending);
    co_return false;
  }
  shared_->metrics.count_request("GET", 200, std::nullopt);
  response head(200);
  head.with("Content-Type", "text/event-stream")
      .with("X-Accel-Buffering", "no")
      .with("Transfer-Encoding", "chunked");
  std::string const text = format_head(head, time_.wall_now(), true);
  auto beginning = write(text);
  bool const begun = co_await std::move(beginning);
  if (!begun) co_return false;
  auto streaming = pass_on_events(*subscription);
  bool const alive = co_await std::move(streaming);
  if (alive) {
    auto ending = write("0\r\n\r\n");
    co_await std::move(ending);
  }
  co_return false;
}

asio::awaitable<bool> connection::pass_on_events(topic_hub::subscription& subscription) {
  // An id without data is no event, but it is where a subscriber resumes who is cut off before the first one.
  std::string text = subscription.has_gap() ? ": gap\n\n" : "";
  text += ": subscribed\nid: " + subscription.first_id() + "\n\n";
  while (true) {
    auto const head = chunk_head(text.size());
    text += "\r\n";
    auto writing = write(head, text);
    bool const alive = co_await std::move(writing);
    if (!alive) co_return false;
    time_point const next_heartbeat = time_.now() + options_.heartbeat;
    topic_hub::news news = shared_->topics.take_news(subscription);
    waiting_since_ = time_point::max();
    while (news.events.empty() && !news.lagged && !shared_->stopping && time_.now() < next_heartbeat) {
      auto waiting = bell_->wait_until(next_heartbeat);
      co_await std::move(waiting);
      news = shared_->topics.take_news(subscription);
    }
    waiting_since_ = time_.now();
    if (news.lagged || shared_->stopping) co_return true;
    text = news.events.empty() ? ":\n\n" : std::move(news.events);
  }
}

asio::awaitable<bool> connection::send(response const& answer, bool close) {
  std::string const head = format_head(answer, time_.wall_now(), close);
  bool const head_only = reader_.head().method == "HEAD";
  auto writing = write(head, head_only ? std::string_view() : std::string_view(answer.body));
  bool const sent = co_await std::move(writing);
  co_return sent;
}

asio::awaitable<bool> connection::write(std::string_view first, std::string_view second) {
  auto writing =
      with_deadline(*time_outs_, time_.now() + options_.write_timeout, write_all(*stream_, first, second));
  auto const outcome = co_await std::move(writing);
  co_return !outcome.thrown && !outcome.value.ec;
}

asio::awaitable<void> connection::say_goodbye() {
  time_point const deadline = time_.now() + 2s;
  auto ending = with_deadline(*time_outs_, deadline, stream_->bytes().shutdown());
  co_await std::move(ending);
  if (!input_is_unread_) co_return;
  // To close with input unread would reset the connection, and the client might never see why (RFC 9112,
  // section 9.6).
  std::array<char, 4096> unwanted;
  for (std::size_t taken = 0; taken < 1024 * 1024;) {
    auto reading = with_deadline(*time_outs_, deadline, read_some(*stream_, asio::buffer(unwanted)));
    auto const outcome = co_await std::move(reading);
    if (outcome.expired || outcome.thrown || outcome.value.ec) co_return;
    taken += outcome.value.bytes;
  }
}

}  // namespace chronicle::kv
