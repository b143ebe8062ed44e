#include "transport/http_connection.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <optional>
#include <utility>

#include "transport/answer_parser.hpp"

namespace chronicle {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t room_for_head = 4 * 1024;
constexpr std::size_t room_for_body = 16 * 1024;

/// What a failed read means to somebody who does not know Beast.
error_code translate(error_code ec) {
  if (ec == http::error::end_of_stream || ec == http::error::partial_message) return asio::error::eof;
  if (ec == http::error::body_limit || ec == http::error::header_limit || ec == http::error::buffer_overflow)
    return errc::response_too_large;
  static auto const& http_category = http::make_error_code(http::error::end_of_stream).category();
  return ec.category() == http_category ? make_error_code(errc::protocol_error) : ec;
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

/// What stands in the head of every request to a server.
std::string write_common_headers(http_connection::server_facts const& server) {
  std::string text;
  append_header(text, "Host", server.host);
  append_header(text, "User-Agent", "chronicle");
  for (auto const& header : server.headers) append_header(text, header.name, header.value);
  return text;
}

void drop_front(byte_stream::const_buffers& buffers, std::size_t size) {
  for (auto& buffer : buffers) {
    std::size_t const part = std::min(size, buffer.size());
    buffer += part;
    size -= part;
  }
}

/// An answer whose body is still to come.
http_response take_head(http_response& answer) {
  http_response head;
  head.status = answer.status;
  head.headers = std::move(answer.headers);
  return head;
}

}  // namespace

class http_connection::impl {
 public:
  impl(std::unique_ptr<byte_stream> stream, server_facts const& server, http_limits limits)
      : stream_(std::move(stream)),
        base_path_(server.base_path),
        common_headers_(write_common_headers(server)),
        limits_(limits) {}

  // Sends a request and reads its answer, or, when `streaming`, the head of it.
  asio::awaitable<result<http_response>> converse(http_request const& request, http_progress& progress,
                                                  bool streaming);
  asio::awaitable<result<std::string>> read_some();

  bool is_kept_alive() const {
    return used_ && answer_ && answer_->is_done() && answer_->keep_alive() && buffer_.size() == 0;
  }

  any_stream stream_;
  bool used_ = false;

 private:
  void compose_head(http_request const& request);
  void expect_answer(bool streaming);

  // Where the next bytes of the answer go. Heads are short; a body that did not come along with its head may
  // be long.
  asio::mutable_buffer room() {
    return buffer_.prepare(answer_->is_header_done() ? room_for_body : room_for_head);
  }
  // After a read: parses what there is, as far as it goes.
  void take(error_code read_error, std::size_t size, error_code& ec);
  void parse(error_code& ec);

  std::string base_path_;
  std::string common_headers_;
  http_limits limits_;
  std::string head_;  // of the request under way
  boost::beast::flat_buffer buffer_;
  std::optional<answer_parser> answer_;
};

// By hand: Beast's own serializer would take half of the time of an exchange.
void http_connection::impl::compose_head(http_request const& request) {
  head_.clear();
  head_.append(request.method).append(" ").append(base_path_).append(request.target).append(" HTTP/1.1\r\n");
  head_.append(common_headers_);
  for (auto const& header : request.headers) append_header(head_, header.name, header.value);
  if (!request.body.empty() || !request.repeatable)
    append_header(head_, "Content-Length", std::to_string(request.body.size()));
  head_.append("\r\n");
}

void http_connection::impl::expect_answer(bool streaming) {
  answer_.emplace(limits_.header_bytes);
  if (streaming) {
    answer_->body_limit(boost::none);
  } else {
    answer_->body_limit(limits_.body_bytes);
  }
}

void http_connection::impl::parse(error_code& ec) {
  while (!ec && buffer_.size() > 0 && !answer_->is_done()) buffer_.consume(answer_->put(buffer_.data(), ec));
  if (ec != http::error::need_more) return;
  // What is left is part of a head or of a line between chunks; it does not grow for ever.
  ec = buffer_.size() > limits_.header_bytes ? error_code(http::error::header_limit) : error_code();
}

void http_connection::impl::take(error_code read_error, std::size_t size, error_code& ec) {
  buffer_.commit(size);
  parse(ec);
  if (ec || !read_error) return;
  ec = read_error;
  if (read_error == asio::error::eof && answer_->got_some()) answer_->put_eof(ec);
}

asio::awaitable<result<http_response>> http_connection::impl::converse(http_request const& request,
                                                                       http_progress& progress,
                                                                       bool streaming) {
  answer_.reset();
  compose_head(request);
  byte_stream::const_buffers unsent{asio::buffer(head_), asio::buffer(request.body.view())};
  // Mostly all of it goes at once, which saves a turn of the event loop.
  std::size_t const at_once = stream_.bytes().try_write_some(unsent);
  progress.sent = progress.sent || at_once > 0;
  drop_front(unsent, at_once);
  error_code write_error;
  while (!write_error && asio::buffer_size(unsent) > 0) {
    auto writing = stream_.async_write_some(unsent, asio::as_tuple(asio::deferred));
    auto const [ec, size] = co_await std::move(writing);
    progress.sent = progress.sent || size > 0;
    write_error = ec;
    drop_front(unsent, size);
  }
  if (write_error && (!progress.sent || write_error == asio::error::operation_aborted)) co_return write_error;

  // A server that refuses a request while it is being sent says why and hangs up: look for its answer even
  // then.
  error_code read_error;
  do {  // interim answers (1xx) come before the one that counts
    expect_answer(streaming);
    parse(read_error);
    while (!read_error && !(streaming ? answer_->is_header_done() : answer_->is_done())) {
      auto reading = stream_.async_read_some(room(), asio::as_tuple(asio::deferred));
      auto const [ec, size] = co_await std::move(reading);
      progress.answered = progress.answered || size > 0;
      take(ec, size, read_error);
    }
  } while (!read_error && answer_->response().status < 200);
  if (write_error && read_error) co_return write_error;
  if (read_error) co_return translate(read_error);
  used_ = !write_error;
  co_return streaming ? take_head(answer_->response()) : std::move(answer_->response());
}

asio::awaitable<result<std::string>> http_connection::impl::read_some() {
  auto& body = answer_->response().body;
  while (body.empty() && !answer_->is_done()) {
    auto reading = stream_.async_read_some(room(), asio::as_tuple(asio::deferred));
    auto const [read_error, size] = co_await std::move(reading);
    error_code ec;
    take(read_error, size, ec);
    if (ec) co_return translate(ec);
  }
  co_return std::exchange(body, {});
}

http_connection::http_connection(std::unique_ptr<byte_stream> stream, server_facts const& server,
                                 http_limits limits)
    : impl_(std::make_unique<impl>(std::move(stream), server, limits)) {}

http_connection::~http_connection() = default;

asio::awaitable<result<http_response>> http_connection::begin(http_request const& request,
                                                              http_progress& progress) {
  return impl_->converse(request, progress, true);
}

asio::awaitable<result<http_response>> http_connection::exchange(http_request const& request,
                                                                 http_progress& progress) {
  return impl_->converse(request, progress, false);
}

asio::awaitable<result<std::string>> http_connection::read_some() {
  return impl_->read_some();
}

bool http_connection::is_kept_alive() const {
  return impl_->is_kept_alive();
}

bool http_connection::is_reusable() {
  return is_kept_alive() && impl_->stream_.bytes().is_quiet();
}

bool http_connection::was_used() const noexcept {
  return impl_->used_;
}

void http_connection::abort() noexcept {
  impl_->stream_.bytes().close();
}

}  // namespace chronicle
