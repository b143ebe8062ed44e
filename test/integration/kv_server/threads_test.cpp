// A server run by several threads, for the thread sanitizer: every kind of request at once, then a stop in
// the middle.
#include <atomic>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

#include "chronicle/kv_server/server.hpp"
#include "integration/kv_server/blocking_client.hpp"
#include "support/temporary_folder.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

/// Does a bit of everything until the server goes away. Returns how often it counted the common counter up.
std::size_t keep_busy(std::uint16_t port, int id) try {
  blocking_client client(port);
  std::string const own = "/v1/kv/test/own" + std::to_string(id);
  std::string const topic = "/v1/topics/t" + std::to_string(id % 2);
  std::string tag = client.ask("PUT", own, "If-None-Match: *\r\n", "0").value().field("ETag");
  for (std::size_t counted = 0;;) {
    auto const read = client.ask("GET", "/v1/kv/test/common");
    if (!read) return counted;
    auto const next = std::to_string(std::stoi(read->body) + 1);
    auto const put =
        client.ask("PUT", "/v1/kv/test/common", "If-Match: " + read->field("ETag") + "\r\n", next);
    if (!put) return counted;
    if (put->status == 204) ++counted;
    auto const mine = client.ask("PUT", own, "If-Match: " + tag + "\r\n", next);
    if (!mine) return counted;
    tag = mine->field("ETag");
    for (auto const* target : {"/v1/kv/test", "/v1/kv/test/common/versions", "/metrics", "/healthz"})
      if (!client.ask("GET", target)) return counted;
    if (!client.ask("POST", topic, "", "hello")) return counted;
    auto const poll = "If-None-Match: " + put->field("ETag") + "\r\nPrefer: wait=1\r\n";
    if (counted % 8 == 7 && !client.ask("GET", "/v1/kv/test/common", poll)) return counted;
  }
} catch (std::exception const&) {
  return 0;  // the server was gone before it had answered the first request
}

/// Reads a topic until the server goes away. Whether anything came.
bool listen_to(std::uint16_t port, std::string const& topic) {
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(socket, asio::buffer("GET /v1/topics/" + topic + " HTTP/1.1\r\nHost: h\r\n\r\n"));
  std::string all;
  boost::system::error_code ec;
  asio::read(socket, asio::dynamic_buffer(all), ec);
  return all.find("data: hello") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(several_threads_serve_at_once) {
  temporary_folder folder;
  asio::io_context context;
  kv::server_options options;
  options.database = folder.file("store.db");
  kv::server server(context.get_executor(), options);
  auto const port = server.listen("127.0.0.1", 0);
  auto stay = asio::make_work_guard(context);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { context.run(); });
  BOOST_TEST(
      blocking_client(port).ask("PUT", "/v1/kv/test/common", "If-None-Match: *\r\n", "0").value().status ==
      201);

  std::atomic<std::size_t> counted = 0, heard = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 2; ++i)
    clients.emplace_back([&, i] { heard += listen_to(port, "t" + std::to_string(i)) ? 1 : 0; });
  for (int i = 0; i < 6; ++i) clients.emplace_back([&, i] { counted += keep_busy(port, i); });
  blocking_client watcher(port);
  for (int seen = 0; seen < 200;) {
    auto const now = watcher.ask("GET", "/v1/kv/test/common");
    BOOST_REQUIRE(now);
    seen = std::stoi(now->body);
  }
  auto const cut = server.async_stop(10s, asio::use_future).get();
  BOOST_TEST(cut == 0u);
  clients.clear();
  BOOST_TEST(counted >= 200u);
  BOOST_TEST(heard == 2u);
  stay.reset();
}

}  // namespace chronicle::test
