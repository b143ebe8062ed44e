// The same stream over real sockets, on loopback.
#include "transport/tcp.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "base/waiting.hpp"
#include "support/stream_io.hpp"

namespace chronicle {
namespace {

asio::awaitable<void> echo_one(listener& at) {
  auto const executor = co_await asio::this_coro::executor;
  auto stream = co_await at.accept(executor);
  auto const got = co_await test::read(**stream);
  co_await test::write(**stream, got.bytes);
  co_await (*stream)->shutdown();
}

asio::awaitable<std::string> ask(connector& client, endpoint to, std::string text) {
  auto const executor = co_await asio::this_coro::executor;
  auto stream = co_await client.connect(to, executor);
  if (!stream) co_return stream.error().message();
  std::string story = (*stream)->is_quiet() ? "quiet" : "loud";
  co_await test::write(**stream, text);
  auto const answer = co_await test::read(**stream);
  auto const end = co_await test::read(**stream);
  story += ", " + answer.bytes + ", " + end.ec.message() + ((*stream)->is_quiet() ? ", quiet" : ", loud");
  co_return story;
}

struct sockets {
  asio::io_context context;
  std::shared_ptr<connector> client = make_tcp_connector();

  std::string run(asio::awaitable<std::string> story) {
    std::string out;
    asio::co_spawn(context, std::move(story), [&](std::exception_ptr, std::string s) { out = std::move(s); });
    context.run();
    context.restart();
    return out;
  }
};

BOOST_FIXTURE_TEST_SUITE(tcp, sockets)

BOOST_AUTO_TEST_CASE(bytes_go_there_and_back_by_address_and_by_name) {
  auto listening = make_tcp_listener({"127.0.0.1", 0}, context.get_executor());
  BOOST_REQUIRE(listening);
  auto const port = (*listening)->local().port;
  auto const expected = "quiet, hello, " + error_code(asio::error::eof).message() + ", loud";
  for (auto const* host : {"127.0.0.1", "localhost"}) {
    asio::co_spawn(context, echo_one(**listening), asio::detached);
    BOOST_TEST(run(ask(*client, {host, port}, "hello")) == expected);
  }
}

BOOST_AUTO_TEST_CASE(nobody_listens) {
  auto const free_port = make_tcp_listener({"127.0.0.1", 0}, context.get_executor()).value()->local().port;
  BOOST_TEST(run(ask(*client, {"127.0.0.1", free_port}, "hello")) ==
             error_code(asio::error::connection_refused).message());
}

BOOST_AUTO_TEST_CASE(a_listener_wants_an_address_of_this_machine) {
  auto const named = make_tcp_listener({"localhost", 0}, context.get_executor());
  BOOST_TEST(named.error() == asio::error::invalid_argument);
  auto first = make_tcp_listener({"127.0.0.1", 0}, context.get_executor());
  auto const second = make_tcp_listener((*first)->local(), context.get_executor());
  BOOST_TEST(second.error() == asio::error::address_in_use);
}

BOOST_AUTO_TEST_CASE(closing_a_listener_ends_its_accept) {
  auto listening = make_tcp_listener({"127.0.0.1", 0}, context.get_executor());
  error_code seen;
  asio::co_spawn(context, (*listening)->accept(context.get_executor()),
                 [&](std::exception_ptr, auto stream) { seen = stream.error(); });
  context.poll();
  (*listening)->close();
  context.run();
  BOOST_TEST(seen == asio::error::operation_aborted);
}

// Asio's resolver takes no notice of a cancellation; the connect must all the same.
BOOST_AUTO_TEST_CASE(a_look_up_does_not_hold_up_a_cancelled_connect) {
  asio::cancellation_signal signal;
  error_code seen;
  bool finished = false;
  asio::co_spawn(context, client->connect({"localhost", 1}, context.get_executor()),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, auto stream) {
                   seen = stream.error();
                   finished = true;
                 }));
  context.poll_one();  // starts the coroutine, which starts the look-up
  signal.emit(asio::cancellation_type::terminal);
  while (!finished) context.run_one();
  BOOST_TEST(seen == asio::error::operation_aborted);
  context.run();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
