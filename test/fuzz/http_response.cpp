#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "backend/etcd_backend.hpp"
#include "backend/rest_backend.hpp"
#include "chronicle/virtual_time.hpp"
#include "fuzz/targets.hpp"
#include "support/scripted_server.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle::fuzz {
namespace {

/// Bytes arrive a few at a time.
class slicing_wire final : public wire {
 public:
  explicit slicing_wire(std::size_t piece) : piece_(piece) {}
  fate carry(std::string_view) override { return {piece_, {}, false}; }

 private:
  std::size_t piece_;
};

/// Who asks what, and how the server goes about it, from a byte.
struct manner {
  bool etcd;
  int operation;
  test::scripted_reply::afterwards then;

  explicit manner(unsigned char byte)
      : etcd((byte & 4) != 0),
        operation(byte / 8 % 4),
        then(static_cast<test::scripted_reply::afterwards>(byte % 4 % 3)) {}
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
  std::string const answer(input.substr(input.empty() ? 0 : 1));

  auto const time = std::make_shared<virtual_time>();
  asio::io_context context;
  memory_link link;
  link.time = time;
  link.to_client = std::make_shared<slicing_wire>(piece);
  auto const network = std::make_shared<memory_network>([&](endpoint const&) { return link; });
  test::scripted_server server(network->listen({"kv.test", 8080}, context.get_executor()).value(),
                               context.get_executor(), time);
  server.otherwise([&](test::recorded_request const&) { return test::scripted_reply(answer, how.then); });

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
