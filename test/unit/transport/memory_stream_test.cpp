// The in-memory streams behave as TCP does: order, end, reset, back pressure, cancellation, and what a wire
// does to them.
#include "transport/memory_stream.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "support/stream_io.hpp"
#include "support/virtual_context.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;

using test::io_result;
using test::read;

asio::awaitable<io_result> write(byte_stream& stream, std::string_view bytes) {
  return test::write_some(stream, bytes);
}

struct connected : test::virtual_context {
  std::unique_ptr<memory_stream> client;
  std::unique_ptr<memory_stream> server;

  void connect(memory_link link = {}) {
    link.time = shared_time();
    std::tie(client, server) = make_memory_streams(executor(), executor(), std::move(link));
  }

  std::string read_text(byte_stream& stream, std::size_t at_most = 100) {
    auto const got = run(read(stream, at_most));
    return got.ec ? got.ec.message() : got.bytes;
  }
  error_code read_error(byte_stream& stream) { return run(read(stream)).ec; }
};

/// Does to the n-th piece what the n-th fate says, to later ones nothing.
class scripted_wire final : public wire {
 public:
  explicit scripted_wire(std::vector<fate> fates) : fates_(std::move(fates)) {}
  fate carry(std::string_view bytes) override {
    return next_ < fates_.size() ? fates_[next_++] : fate{bytes.size(), {}, false};
  }

 private:
  std::vector<fate> fates_;
  std::size_t next_ = 0;
};

BOOST_FIXTURE_TEST_SUITE(memory_streams, connected)

BOOST_AUTO_TEST_CASE(bytes_arrive_in_order_and_a_reader_waits_for_them) {
  connect();
  std::string got;
  asio::co_spawn(executor(), read(*server), [&](std::exception_ptr, io_result o) { got = o.bytes; });
  run_to_quiescence();
  BOOST_TEST(got.empty());
  BOOST_TEST(run(write(*client, "hello")).size == 5u);
  run_to_quiescence();
  BOOST_TEST(got == "hello");

  run(write(*server, "abcdef"));
  BOOST_TEST(read_text(*client, 4) == "abcd");
  BOOST_TEST(read_text(*client, 4) == "ef");
}

BOOST_AUTO_TEST_CASE(the_end_comes_after_the_bytes_and_the_other_direction_stays_open) {
  connect();
  run(write(*client, "last words"));
  BOOST_TEST(!run(client->shutdown()));
  BOOST_TEST(read_text(*server) == "last words");
  BOOST_TEST(read_error(*server) == asio::error::eof);
  run(write(*server, "answer"));
  BOOST_TEST(read_text(*client) == "answer");
}

BOOST_AUTO_TEST_CASE(a_write_to_a_closed_peer_is_lost_and_answered_by_a_reset) {
  connect();
  server->close();
  BOOST_TEST(!client->is_quiet());
  BOOST_TEST(!run(write(*client, "too late")).ec);
  BOOST_TEST(run(write(*client, "again")).ec == asio::error::connection_reset);
  BOOST_TEST(read_error(*client) == asio::error::connection_reset);
}

BOOST_AUTO_TEST_CASE(a_reset_hits_both_sides_and_ends_waiting_reads) {
  connect();
  error_code seen;
  asio::co_spawn(executor(), read(*server), [&](std::exception_ptr, io_result o) { seen = o.ec; });
  run_to_quiescence();
  client->reset();
  run_to_quiescence();
  BOOST_TEST(seen == asio::error::connection_reset);
  BOOST_TEST(read_error(*client) == asio::error::connection_reset);
}

BOOST_AUTO_TEST_CASE(a_full_pipe_makes_the_writer_wait_until_it_is_read) {
  memory_link link;
  link.capacity = 4;
  connect(std::move(link));
  BOOST_TEST(run(write(*client, "abcdef")).size == 4u);
  bool written = false;
  asio::co_spawn(executor(), write(*client, "ef"), [&](std::exception_ptr, io_result) { written = true; });
  run_to_quiescence();
  BOOST_TEST(!written);
  BOOST_TEST(read_text(*server) == "abcd");
  run_to_quiescence();
  BOOST_TEST(written);
  BOOST_TEST(read_text(*server) == "ef");
}

BOOST_AUTO_TEST_CASE(any_cancellation_type_ends_a_wait_and_loses_no_byte) {
  for (auto const type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    connect();
    asio::cancellation_signal signal;
    error_code seen;
    std::string buffer(10, '\0');
    server->read_some(
        asio::buffer(buffer),
        asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, std::size_t) { seen = ec; }));
    run_to_quiescence();
    signal.emit(type);
    BOOST_TEST(!seen);  // never inline
    run_to_quiescence();
    BOOST_TEST(seen == asio::error::operation_aborted);
    run(write(*client, "still here"));
    BOOST_TEST(read_text(*server) == "still here");
  }
}

BOOST_AUTO_TEST_CASE(closing_ends_the_operations_under_way) {
  connect();
  error_code seen;
  asio::co_spawn(executor(), read(*server), [&](std::exception_ptr, io_result o) { seen = o.ec; });
  run_to_quiescence();
  server->close();
  run_to_quiescence();
  BOOST_TEST(seen == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(quiet_means_nothing_unread_and_no_end) {
  connect();
  BOOST_TEST(client->is_quiet());
  run(write(*server, "x"));
  BOOST_TEST(!client->is_quiet());
  BOOST_TEST(read_text(*client) == "x");
  BOOST_TEST(client->is_quiet());
  run(server->shutdown());
  BOOST_TEST(!client->is_quiet());
}

BOOST_AUTO_TEST_CASE(a_wire_fragments_and_delays_in_order) {
  memory_link link;
  link.to_server =
      std::make_shared<scripted_wire>(std::vector<wire::fate>{{2, 50ms, false}, {3, 10ms, false}});
  connect(std::move(link));
  run(write(*client, "abcdefg"));
  BOOST_TEST(read_text(*server) == "ab");
  BOOST_TEST((time().now().time_since_epoch() == 50ms));
  BOOST_TEST(read_text(*server) == "cde");
  BOOST_TEST(read_text(*server) == "fg");
  BOOST_TEST((time().now().time_since_epoch() == 50ms));
}

BOOST_AUTO_TEST_CASE(a_wire_cuts_after_what_it_let_through) {
  memory_link link;
  link.to_server = std::make_shared<scripted_wire>(std::vector<wire::fate>{{3, 0ms, true}});
  connect(std::move(link));
  run(write(*client, "abcdef"));
  BOOST_TEST(read_text(*server) == "abc");
  BOOST_TEST(read_error(*server) == asio::error::connection_reset);
  BOOST_TEST(read_error(*client) == asio::error::connection_reset);
}

BOOST_AUTO_TEST_CASE(a_context_on_its_way_out_destroys_who_waits) {
  auto const alive = std::make_shared<int>();
  {
    asio::io_context other;
    auto [mine, theirs] = make_memory_streams(other.get_executor(), other.get_executor());
    auto wait = [](std::unique_ptr<memory_stream> stream, std::shared_ptr<int>) -> asio::awaitable<void> {
      co_await read(*stream);
    };
    asio::co_spawn(other, wait(std::move(mine), alive), asio::detached);
    other.poll();
    BOOST_TEST(alive.use_count() == 2);
  }
  BOOST_TEST(alive.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(memory_networks, test::virtual_context)

asio::awaitable<std::string> greet(memory_network& network, endpoint to) {
  auto const executor = co_await asio::this_coro::executor;
  auto stream = co_await network.connect(to, executor);
  if (!stream) co_return stream.error().message();
  auto const got = co_await read(**stream);
  co_return got.bytes;
}

asio::awaitable<void> serve(listener& at, std::string greeting, int times) {
  auto const executor = co_await asio::this_coro::executor;
  for (int i = 0; i < times; ++i) {
    auto stream = co_await at.accept(executor);
    co_await write(**stream, greeting);
  }
}

BOOST_AUTO_TEST_CASE(clients_find_the_listener_of_their_endpoint) {
  memory_network network;
  auto a = network.listen({"a.test", 80}, executor());
  auto b = network.listen({"b.test", 0}, executor());
  BOOST_REQUIRE(a);
  BOOST_REQUIRE(b);
  BOOST_TEST((network.listen({"a.test", 80}, executor()).error() == asio::error::address_in_use));
  asio::co_spawn(executor(), serve(**a, "this is a", 1), asio::detached);
  asio::co_spawn(executor(), serve(**b, "this is b", 2), asio::detached);
  BOOST_TEST(run(greet(network, {"a.test", 80})) == "this is a");
  BOOST_TEST(run(greet(network, (*b)->local())) == "this is b");
  BOOST_TEST(run(greet(network, (*b)->local())) == "this is b");
  BOOST_TEST(run(greet(network, {"a.test", 81})) == error_code(asio::error::connection_refused).message());
}

BOOST_AUTO_TEST_CASE(a_closed_listener_ends_its_accept_and_refuses_clients) {
  memory_network network;
  auto listening = network.listen({"a.test", 80}, executor());
  error_code seen;
  asio::co_spawn(executor(), (*listening)->accept(executor()),
                 [&](std::exception_ptr, auto stream) { seen = stream.error(); });
  run_to_quiescence();
  (*listening)->close();
  run_to_quiescence();
  BOOST_TEST(seen == asio::error::operation_aborted);
  BOOST_TEST(run(greet(network, {"a.test", 80})) == error_code(asio::error::connection_refused).message());
}

BOOST_AUTO_TEST_CASE(connecting_takes_as_long_as_the_link_says_or_is_refused) {
  bool refuse = false;
  memory_network network([&](endpoint const&) -> result<memory_link> {
    if (refuse) return error_code(asio::error::network_unreachable);
    memory_link link;
    link.time = shared_time();
    link.connect_delay = 30ms;
    return link;
  });
  auto listening = network.listen({"a.test", 80}, executor());
  asio::co_spawn(executor(), serve(**listening, "welcome", 1), asio::detached);
  BOOST_TEST(run(greet(network, {"a.test", 80})) == "welcome");
  BOOST_TEST((time().now().time_since_epoch() == 30ms));
  refuse = true;
  BOOST_TEST(run(greet(network, {"a.test", 80})) == error_code(asio::error::network_unreachable).message());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
