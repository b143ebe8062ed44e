#include "linearizability/play.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <stdexcept>

#include "chronicle/kv_server/server.hpp"
#include "chronicle/virtual_time.hpp"
#include "linearizability/kv_client.hpp"
#include "linearizability/recorder.hpp"
#include "support/temporary_folder.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle::linearizability {
namespace {

using namespace std::chrono_literals;

/// Bytes arrive in pieces, some late enough that their sender has given up; now and then the connection
/// breaks in the middle of a request or of an answer.
class bad_wire final : public wire {
 public:
  explicit bad_wire(std::shared_ptr<sim::chance> draws) : draws_(std::move(draws)) {}

  fate carry(std::string_view bytes) override {
    fate f;
    f.taken = draws_->happens(0.2) ? 1 + draws_->below(bytes.size()) : bytes.size();
    f.delay = std::chrono::nanoseconds(draws_->below(3'000'000));
    if (draws_->happens(0.01)) f.delay += draws_->between(50ms, 2000ms);
    if (draws_->happens(0.02)) {
      f.taken = draws_->below(bytes.size() + 1);
      f.cut = true;
    }
    return f;
  }

 private:
  std::shared_ptr<sim::chance> draws_;
};

class world {
 public:
  explicit world(play_options const& o)
      : time_(std::make_shared<virtual_time>()),
        record_(std::make_shared<recorder>(time_, o.keys, o.operations)),
        trouble_(o.seed, time_, o.broken),
        draws_(std::make_shared<sim::chance>(o.seed, 1)) {
    kv::server_options serving;
    serving.time = time_;
    if (o.storage == engine::sqlite) serving.database = folder_.file("store.db");
    server_ = std::make_unique<kv::server>(context_.get_executor(), serving);
    network_ = std::make_shared<memory_network>([this](endpoint const&) { return link(); });
    server_->serve(network_->listen({"kv.test", 80}, context_.get_executor()).value());
    for (int n = 1; n <= o.clients; ++n) begin_client(n, o.seed);
  }

  std::vector<history> run() {
    while (working_ > 0) {
      // All that is due now; then the threads of SQLite, while they are at work; then the next moment.
      time_->run(
          context_, [] { return false; }, time_->now());
      if (trouble_.at_work() > 0) {
        context_.restart();
        context_.run_one();
      } else if (working_ > 0 && !time_->step(context_)) {
        throw std::runtime_error("the clients hang");
      }
    }
    return record_->histories();
  }

 private:
  result<memory_link> link() {
    if (draws_->happens(0.02)) return error_code(asio::error::connection_refused);
    memory_link l;
    l.time = time_;
    l.connect_delay = draws_->between(0ms, 2ms);
    l.to_server = std::make_shared<bad_wire>(draws_);
    l.to_client = std::make_shared<bad_wire>(draws_);
    return l;
  }

  void begin_client(int number, std::uint64_t seed) {
    http_client_options reach;
    reach.server = parse_url("http://kv.test:80");
    reach.request_timeout = 300ms;
    auto http = std::make_shared<http_client>(context_.get_executor(), time_, network_, reach);
    auto const client = std::make_shared<kv_client>(number, seed, std::move(http), time_, record_);
    ++working_;
    asio::co_spawn(context_, kv_client::work(client), [this](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
      --working_;
    });
  }

  test::temporary_folder folder_;
  std::shared_ptr<virtual_time> time_;
  std::shared_ptr<recorder> record_;
  storage_trouble trouble_;
  std::shared_ptr<sim::chance> draws_;
  asio::io_context context_;
  std::shared_ptr<memory_network> network_;
  std::unique_ptr<kv::server> server_;
  int working_ = 0;
};

}  // namespace

std::vector<history> play(play_options const& options) {
  return world(options).run();
}

}  // namespace chronicle::linearizability
