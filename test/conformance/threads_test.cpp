// One backend used from many strands on several threads at once, over real sockets, and one bus. Worth most
// under the sanitizers.
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "backend_cases.hpp"
#include "chronicle/etcd_backend.hpp"
#include "chronicle/in_process_bus.hpp"
#include "chronicle/kv_server/server.hpp"
#include "chronicle/rest_backend.hpp"
#include "etcd_server.hpp"

namespace chronicle::conformance {
namespace {

/// An io_context that is run by some threads until destroyed.
class running_context {
 public:
  explicit running_context(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { context_.run(); });
  }
  ~running_context() {
    work_.reset();
    for (auto& thread : threads_) thread.join();
  }
  asio::any_io_executor executor() { return context_.get_executor(); }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::vector<std::thread> threads_;
};

/// Reads a key over and over and cancels the read at once, every time.
asio::awaitable<int> read_and_give_up(backend& store, int times) {
  auto const executor = co_await asio::this_coro::executor;
  int surprises = 0;
  for (int i = 0; i < times; ++i) {
    auto const cancel = std::make_shared<asio::cancellation_signal>();
    asio::post(executor, [cancel] { cancel->emit(asio::cancellation_type::terminal); });
    auto reading = asio::co_spawn(executor, store.get("s/counter"),
                                  asio::bind_cancellation_slot(cancel->slot(), asio::use_awaitable));
    auto const found = co_await std::move(reading);
    if (!found && found.error() != asio::error::operation_aborted) ++surprises;
  }
  co_return surprises;
}

void share_among_many_strands(running_context& clients, backend& store) {
  constexpr int writers = 8, times = 10;
  std::atomic<int> running = 2 * writers;
  std::atomic<int> failures = 0;
  auto const finished = [&](std::exception_ptr thrown, int outcome) {
    if (thrown || outcome < 0) ++failures;
    --running;
    running.notify_all();
  };
  for (int i = 0; i < writers; ++i) {
    asio::co_spawn(asio::make_strand(clients.executor()), count_up(store, "s/counter", times), finished);
    asio::co_spawn(asio::make_strand(clients.executor()), read_and_give_up(store, times), finished);
  }
  for (int left = running; left > 0; left = running) running.wait(left);
  BOOST_TEST(failures == 0);

  std::atomic<bool> read = false;
  asio::co_spawn(clients.executor(), store.get("s/counter"), [&](std::exception_ptr, auto const& found) {
    if (found && *found) BOOST_TEST((*found)->value == std::to_string(writers * times));
    read = true;
    read.notify_all();
  });
  read.wait(false);
}

BOOST_AUTO_TEST_CASE(many_strands_on_several_threads_share_one_rest_backend) {
  running_context servers(2), clients(3);
  kv::server server(servers.executor(), kv::server_options());
  rest_options options;
  options.url = "http://127.0.0.1:" + std::to_string(server.listen("127.0.0.1", 0));
  options.max_connections = 4;
  auto const store = make_rest_backend(clients.executor(), options);
  share_among_many_strands(clients, *store);
}

/// All of them want a token at first, and learn that none is needed.
BOOST_AUTO_TEST_CASE(many_strands_on_several_threads_share_one_etcd_backend) {
  if (!etcd_server::is_installed()) return;
  running_context clients(3);
  auto options = etcd_server::make_options();
  options.max_connections = 4;
  options.user = options.password = "nobody";
  auto const store = make_etcd_backend(clients.executor(), options);
  share_among_many_strands(clients, *store);
}

class waiting_ear final : public bus_listener {
 public:
  bool heard = false;
  void on_message(std::string) override { heard = true; }
  void on_subscribed() override {}
  void on_interrupted(error_code) override {}
};

asio::awaitable<void> publish_until(std::atomic<bool> const& enough, message_bus& bus) {
  while (!enough) {
    auto publishing = bus.publish("s/p1", "hello");
    co_await std::move(publishing);
  }
}

BOOST_AUTO_TEST_CASE(listeners_of_an_in_process_bus_go_away_with_their_context_while_another_publishes) {
  auto const bus = make_in_process_bus();
  std::atomic<bool> enough = false;
  running_context other(1);
  asio::co_spawn(other.executor(), publish_until(enough, *bus), asio::detached);
  for (int i = 0; i < 200; ++i) {
    auto const listener = std::make_shared<waiting_ear>();
    asio::io_context context;
    asio::co_spawn(context, bus->listen("s/p1", listener), asio::detached);
    while (!listener->heard) context.poll();
  }
  enough = true;
}

}  // namespace
}  // namespace chronicle::conformance
