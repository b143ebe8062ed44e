#include "bench/raw_client.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <stdexcept>

#include "bench/measure.hpp"

namespace chronicle::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

class raw_client::impl {
 public:
  impl(asio::io_context& context, std::uint16_t port, std::string key)
      : stream_(context),
        server_(asio::ip::make_address("127.0.0.1"), port),
        target_("/v1/kv/default/" + key) {}

  void connect() {
    stream_.connect(server_);
    stream_.socket().set_option(tcp::no_delay(true));
  }

  asio::awaitable<void> put(std::string const& body) {
    http::request<http::span_body<char const>> request(http::verb::put, target_, 11);
    request.set(http::field::host, "127.0.0.1");
    request.set(tag_.empty() ? http::field::if_none_match : http::field::if_match, tag_.empty() ? "*" : tag_);
    request.set("Write-Id", "0b5a4d8e-2d6f-4b0e-9d0a-6c1c1f5f8a11:" + std::to_string(++writes_));
    request.set("Prefer", "return=representation");
    request.set(http::field::content_type, "application/octet-stream");
    request.body() = {body.data(), body.size()};
    request.prepare_payload();
    co_await http::async_write(stream_, request, asio::deferred);

    http::response<http::string_body> response;
    co_await http::async_read(stream_, buffer_, response, asio::deferred);
    if (response.result_int() >= 300) throw std::runtime_error("a PUT was refused: " + response.body());
    tag_ = response[http::field::etag];
  }

  asio::awaitable<std::size_t> get() {
    http::request<http::empty_body> request(http::verb::get, target_, 11);
    request.set(http::field::host, "127.0.0.1");
    co_await http::async_write(stream_, request, asio::deferred);

    http::response<http::string_body> response;
    co_await http::async_read(stream_, buffer_, response, asio::deferred);
    if (response.result_int() != 200) throw std::runtime_error("a GET was refused: " + response.body());
    tag_ = response[http::field::etag];
    co_return response.body().size();
  }

 private:
  beast::tcp_stream stream_;
  tcp::endpoint server_;
  std::string target_;
  beast::flat_buffer buffer_;
  std::string tag_;
  std::uint64_t writes_ = 0;
};

raw_client::raw_client(asio::io_context& context, std::uint16_t port, std::string key)
    : impl_(std::make_unique<impl>(context, port, std::move(key))) {}
raw_client::~raw_client() = default;
void raw_client::connect() {
  impl_->connect();
}
asio::awaitable<void> raw_client::put(std::string const& body) {
  return impl_->put(body);
}
asio::awaitable<std::size_t> raw_client::get() {
  return impl_->get();
}

asio::awaitable<void> put_until(raw_client& client, std::string const& body, double end, double& count) {
  while (seconds_now() < end) {
    auto putting = client.put(body);
    co_await std::move(putting);
    ++count;
  }
}

}  // namespace chronicle::bench
