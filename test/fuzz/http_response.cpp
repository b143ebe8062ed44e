#include <algorithm>
#include <boost/asio/append.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "backend/etcd_backend.hpp"
#include "backend/rest_backend.hpp"
#include "chronicle/virtual_time.hpp"
#include "fuzz/targets.hpp"
#include "transport/connector.hpp"

namespace chronicle::fuzz {
namespace {

enum class afterwards { keep, close, reset };

/// A connection whose server has but one answer: takes what is sent for a request and then gives the answer
/// in pieces. No server runs and no network, for the sake of executions per second.
class canned_stream final : public byte_stream {
 public:
  canned_stream(asio::any_io_executor executor, std::string_view answer, std::size_t piece, afterwards then)
      : executor_(std::move(executor)),
        never_(executor_, asio::steady_timer::time_point::max()),
        answer_(answer),
        piece_(piece),
        then_(then) {}

  asio::any_io_executor get_executor() const override { return executor_; }

  void read_some(asio::mutable_buffer into, io_handler handler) override {
    if (left_.empty()) return read_end(std::move(handler));
    auto const size = asio::buffer_copy(into, asio::buffer(left_.data(), std::min(piece_, left_.size())));
    left_.remove_prefix(size);
    // Long answers come in longer and longer pieces, so that none takes thousands of reads.
    if (++pieces_ % 8 == 0) piece_ = std::min(2 * piece_, answer_.size());
    complete(std::move(handler), {}, size);
  }

  void write_some(const_buffers from, io_handler handler) override {
    left_ = answer_;
    complete(std::move(handler), {}, asio::buffer_size(from));
  }

  asio::awaitable<error_code> shutdown() override { co_return error_code{}; }
  void close() noexcept override { never_.cancel(); }
  bool is_quiet() override { return left_.empty() && then_ == afterwards::keep; }

 private:
  void read_end(io_handler handler) {
    if (then_ == afterwards::keep) return never_.async_wait(asio::append(std::move(handler), std::size_t{0}));
    complete(std::move(handler),
             then_ == afterwards::close ? asio::error::eof : error_code(asio::error::connection_reset), 0);
  }

  void complete(io_handler handler, error_code ec, std::size_t size) {
    asio::post(executor_, asio::append(std::move(handler), ec, size));
  }

  asio::any_io_executor executor_;
  asio::steady_timer never_;  // whose end a read waits for when nothing comes
  std::string_view answer_;
  std::string_view left_;  // of the answer to the request under way
  std::size_t piece_;
  std::size_t pieces_ = 0;
  afterwards then_;
};

/// Who asks what, and how the server goes about it, from a byte.
struct manner {
  bool etcd;
  int operation;
  afterwards then;

  explicit manner(unsigned char byte)
      : etcd((byte & 4) != 0), operation(byte / 8 % 4), then(static_cast<afterwards>(byte % 4 % 3)) {}
};

class canned_server final : public connector {
 public:
  canned_server(std::string_view answer, std::size_t piece, afterwards then)
      : answer_(answer), piece_(piece), then_(then) {}

  asio::awaitable<result<std::unique_ptr<byte_stream>>> connect(endpoint,
                                                                asio::any_io_executor executor) override {
    co_return std::make_unique<canned_stream>(std::move(executor), answer_, piece_, then_);
  }

 private:
  std::string_view answer_;
  std::size_t piece_;
  afterwards then_;
};

asio::awaitable<void> ask(std::shared_ptr<backend> store, int operation) {
  if (operation == 0) {
    auto getting = store->get("k");
    co_await std::move(getting);
  } else if (operation == 1) {
    auto writing = store->put_if("k", "v", version("7"), "s:1");
    co_await std::move(writing);
  } else if (operation == 2) {
    auto listing = store->list("k", "", 10);
    co_await std::move(listing);
  } else {
    auto looking_back = store->history("k", "", 10);
    co_await std::move(looking_back);
  }
}

std::shared_ptr<backend> make_client(bool etcd, std::shared_ptr<connector> network, asio::io_context& context,
                                     std::shared_ptr<time_source> time) {
  if (etcd) {
    etcd_options where;
    where.endpoints = {"http://kv.test:8080"};
    return make_etcd_backend_over(std::move(network), context.get_executor(), where, std::move(time));
  }
  rest_options where;
  where.url = "http://kv.test:8080";
  where.max_value_bytes = 4096;
  where.max_response_bytes = 8192;
  return make_rest_backend_over(std::move(network), context.get_executor(), where, std::move(time));
}

}  // namespace

void fuzz_http_response(std::string_view input) {
  auto const piece = take_piece_size(input);
  manner const how(input.empty() ? '\0' : static_cast<unsigned char>(input.front()));
  auto const answer = input.substr(input.empty() ? 0 : 1);

  auto const time = std::make_shared<virtual_time>();
  asio::io_context context;
  auto const network = std::make_shared<canned_server>(answer, piece, how.then);
  bool done = false;
  asio::co_spawn(context, ask(make_client(how.etcd, network, context, time), how.operation),
                 [&](std::exception_ptr thrown) {
                   require(!thrown, "a backend does not throw");
                   done = true;
                 });
  time->run(
      context, [&] { return done; }, time_point(std::chrono::hours(1)));
  require(done, "every request comes to an end");
}

}  // namespace chronicle::fuzz
