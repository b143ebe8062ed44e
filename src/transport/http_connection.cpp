#include "transport/http_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <iterator>
#include <optional>
#include <tuple>

namespace chronicle {
namespace {

namespace http = boost::beast::http;

using request_body = http::span_body<char const>;  // the caller keeps the bytes
using response_body = http::string_body;

/// What a failed read means to somebody who does not know Beast.
error_code translate(error_code ec) {
  if (ec == http::error::end_of_stream || ec == http::error::partial_message) return asio::error::eof;
  if (ec == http::error::body_limit || ec == http::error::header_limit || ec == http::error::buffer_overflow)
    return errc::response_too_large;
  static auto const& http_category = http::make_error_code(http::error::end_of_stream).category();
  return ec.category() == http_category ? make_error_code(errc::protocol_error) : ec;
}

http_response copy_head(http::response<response_body> const& message) {
  http_response out;
  out.status = message.result_int();
  out.headers.reserve(static_cast<std::size_t>(std::distance(message.begin(), message.end())));
  for (auto const& field : message)
    out.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  return out;
}

}  // namespace

class http_connection::impl {
 public:
  impl(std::unique_ptr<byte_stream> stream, server_facts const& server, http_limits limits)
      : stream_(std::move(stream)), server_(server), limits_(limits) {}

  // Sends a request and reads its answer, or, when `streaming`, the head of it.
  asio::awaitable<result<http_response>> converse(http_request const& request, http_progress& progress,
                                                  bool streaming);
  asio::awaitable<error_code> read_more();

  void expect_answer(bool streaming);
  http::request<request_body> compose(http_request const& request) const;

  any_stream stream_;
  server_facts const& server_;
  http_limits limits_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::response_parser<response_body>> answer_;
  bool used_ = false;
};

http::request<request_body> http_connection::impl::compose(http_request const& request) const {
  http::request<request_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(server_.base_path + request.target);
  message.set(http::field::host, server_.host);
  message.set(http::field::user_agent, "chronicle");
  for (auto const& header : server_.headers) message.set(header.name, header.value);
  for (auto const& header : request.headers) message.set(header.name, header.value);
  message.body() = {request.body.data(), request.body.size()};
  if (!request.body.empty() || !request.repeatable) message.content_length(request.body.size());
  return message;
}

void http_connection::impl::expect_answer(bool streaming) {
  answer_.emplace();
  answer_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
  if (streaming) {
    answer_->body_limit(boost::none);
  } else {
    answer_->body_limit(limits_.body_bytes);
  }
}

asio::awaitable<error_code> http_connection::impl::read_more() {
  auto reading = http::async_read_some(stream_, buffer_, *answer_, asio::as_tuple(asio::deferred));
  auto const [ec, size] = co_await std::move(reading);
  co_return translate(ec);
}

asio::awaitable<result<http_response>> http_connection::impl::converse(http_request const& request,
                                                                       http_progress& progress,
                                                                       bool streaming) {
  answer_.reset();
  auto const message = compose(request);
  http::request_serializer<request_body> serializer(message);
  auto writing = http::async_write(stream_, serializer, asio::as_tuple(asio::deferred));
  auto const [write_error, written] = co_await std::move(writing);
  progress.sent = progress.sent || written > 0;
  if (write_error && (!progress.sent || write_error == asio::error::operation_aborted)) co_return write_error;

  // A server that refuses a request while it is being sent says why and hangs up: look for its answer even
  // then.
  error_code read_error;
  do {  // interim answers (1xx) come before the one that counts
    expect_answer(streaming);
    std::size_t size = 0;
    if (streaming) {
      auto reading = http::async_read_header(stream_, buffer_, *answer_, asio::as_tuple(asio::deferred));
      std::tie(read_error, size) = co_await std::move(reading);
    } else {
      auto reading = http::async_read(stream_, buffer_, *answer_, asio::as_tuple(asio::deferred));
      std::tie(read_error, size) = co_await std::move(reading);
    }
    progress.answered = progress.answered || size > 0 || buffer_.size() > 0;
  } while (!read_error && answer_->get().result_int() < 200);
  if (write_error && read_error) co_return write_error;
  if (read_error) co_return translate(read_error);

  // The body is appended to a string as it comes, whose room an announced length would reserve at once.
  auto const announced = answer_->content_length();
  if (streaming && announced && *announced > limits_.body_bytes)
    co_return make_error_code(errc::response_too_large);
  used_ = !write_error;
  auto response = copy_head(answer_->get());
  if (!streaming) response.body = std::move(answer_->get().body());
  co_return response;
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
  auto& body = impl_->answer_->get().body();
  while (body.empty() && !impl_->answer_->is_done()) {
    auto const ec = co_await impl_->read_more();
    if (ec) co_return ec;
  }
  co_return std::exchange(body, {});
}

bool http_connection::is_kept_alive() const {
  return impl_->used_ && impl_->answer_ && impl_->answer_->is_done() && impl_->answer_->keep_alive() &&
         impl_->buffer_.size() == 0;
}

bool http_connection::is_reusable() {
  return is_kept_alive() && impl_->stream_.bytes().is_quiet();
}

bool http_connection::was_used() const noexcept {
  return impl_->used_;
}

}  // namespace chronicle
