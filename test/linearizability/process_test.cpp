// chronicle-kv as a process, on SQLite, killed and restarted while clients write: what it did over all its
// lives is linearizable.
#include <signal.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "linearizability/checker.hpp"
#include "linearizability/kv_client.hpp"
#include "support/kv_process.hpp"
#include "support/temporary_folder.hpp"
#include "transport/tcp.hpp"

namespace chronicle::linearizability {
namespace {

using namespace std::chrono_literals;

/// Leads every connection to where the server listens now.
class moving_connector final : public connector {
 public:
  std::uint16_t port = 0;

  asio::awaitable<result<std::unique_ptr<byte_stream>>> connect(endpoint to,
                                                                asio::any_io_executor executor) override {
    to.port = port;
    return tcp_->connect(std::move(to), std::move(executor));
  }

 private:
  std::shared_ptr<connector> tcp_ = make_tcp_connector();
};

class killed_server {
 public:
  killed_server(std::vector<std::string> arguments, std::size_t operations)
      : arguments_(std::move(arguments)), record_(std::make_shared<recorder>(time_, 3, operations)) {
    restart();
    for (int n = 1; n <= 8; ++n) begin_client(n);
  }

  /// Kills the server whenever so many writes more were acknowledged, and lets the clients finish.
  std::vector<history> run(std::size_t writes_between_kills) {
    while (working_ > 0) {
      std::size_t const target = record_->acknowledged() + writes_between_kills;
      while (working_ > 0 && record_->acknowledged() < target) context_.run_one();
      if (working_ == 0) break;
      process_->process().send_signal(SIGKILL);
      process_->process().wait();
      restart();
      ++kills;
    }
    return record_->histories();
  }

  int kills = 0;

 private:
  void restart() {
    process_.reset();
    process_ = std::make_unique<test::kv_process>(arguments_);
    network_->port = process_->port();
  }

  void begin_client(int number) {
    http_client_options reach;
    reach.server = parse_url("http://127.0.0.1:1");
    reach.request_timeout = 5s;
    auto http = std::make_shared<http_client>(context_.get_executor(), time_, network_, reach);
    auto const client = std::make_shared<kv_client>(number, 1, std::move(http), time_, record_);
    ++working_;
    asio::co_spawn(context_, kv_client::work(client), [this](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
      --working_;
    });
  }

  std::vector<std::string> arguments_;
  std::shared_ptr<time_source> time_ = make_real_time_source();
  std::shared_ptr<recorder> record_;
  std::shared_ptr<moving_connector> network_ = std::make_shared<moving_connector>();
  asio::io_context context_;
  std::unique_ptr<test::kv_process> process_;
  int working_ = 0;
};

BOOST_AUTO_TEST_SUITE(chronicle_kv_process)

BOOST_AUTO_TEST_CASE(is_linearizable_over_kill_9_and_restart) {
  test::temporary_folder folder;
  killed_server server({"--database", folder.file("store.db"), "--threads", "2"}, 4000);
  auto const histories = server.run(100);
  std::string const problem = find_problem(histories);
  BOOST_TEST(problem.empty(), problem);
  BOOST_TEST(server.kills >= 4);
  std::ptrdiff_t unanswered = 0;
  for (auto const& h : histories)
    unanswered += std::ranges::count_if(
        h, [](operation const& o) { return o.came == outcome::unknown && o.what != verb::read; });
  BOOST_TEST_MESSAGE(server.kills << " kills, " << unanswered << " writes without an answer");
  BOOST_TEST(unanswered > 0);
}

BOOST_AUTO_TEST_CASE(that_forgets_is_caught) {
  killed_server server({"--memory"}, 1000);
  std::string const problem = find_problem(server.run(100));
  BOOST_TEST(server.kills >= 1);
  BOOST_TEST_MESSAGE("a server that forgets when it is killed: " << problem);
  BOOST_TEST(!problem.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::linearizability
