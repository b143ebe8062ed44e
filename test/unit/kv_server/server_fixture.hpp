// A server on virtual time and clients that speak raw HTTP to it through memory.
#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "chronicle/kv_server/server.hpp"
#include "support/virtual_context.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle::kv::test {

/// An answer as it came, and its parts.
struct reply {
  int status = 0;
  std::string head;
  std::string body;

  /// The value of a field, exactly as written; "(absent)" if there is none.
  std::string field(std::string const& name) const {
    auto const at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "(absent)";
    auto const begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

/// A client that does one thing after the other and says what it sees.
class raw_client {
 public:
  raw_client(chronicle::test::virtual_context& context, std::unique_ptr<byte_stream> stream)
      : context_(context), stream_(std::move(stream)) {}

  /// False when the server has closed.
  bool send(std::string text) { return context_.run(write(text)); }

  /// Everything up to and including `end`; what there was when the server closed before.
  std::string read_until(std::string_view end) {
    std::size_t at = std::string::npos;
    while ((at = received_.find(end)) == std::string::npos) {
      bool const more = context_.run(read_more());
      if (!more) return std::exchange(received_, {});
    }
    std::string const text = received_.substr(0, at + end.size());
    received_.erase(0, text.size());
    return text;
  }

  reply read_reply(bool head_only = false) {
    reply r;
    r.head = read_until("\r\n\r\n");
    if (r.head.size() < 12) return r;
    r.status = std::stoi(r.head.substr(9, 3));
    auto const length = r.field("Content-Length");
    if (head_only || length == "(absent)") return r;
    while (received_.size() < std::stoul(length)) {
      bool const more = context_.run(read_more());
      if (!more) break;
    }
    r.body = received_.substr(0, std::stoul(length));
    received_.erase(0, r.body.size());
    return r;
  }

  reply ask(std::string const& request) {
    send(request);
    return read_reply(request.starts_with("HEAD"));
  }

  reply get(std::string const& target, std::string const& fields = {}) {
    return ask("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
  }
  reply put(std::string const& target, std::string const& fields, std::string const& body) {
    return ask("PUT " + target + " HTTP/1.1\r\nHost: h\r\n" + fields +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  reply create(std::string const& target, std::string const& body) {
    return put(target, "If-None-Match: *\r\n", body);
  }
  reply post(std::string const& target, std::string const& body) {
    return ask("POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body);
  }

  /// True when the server has ended the connection and nothing is left to read. Waits for it.
  bool sees_end() { return read_until("\x01never").empty(); }

  void close() { stream_.bytes().close(); }

 private:
  asio::awaitable<bool> write(std::string text) {
    auto operation = asio::async_write(stream_, asio::buffer(text), asio::as_tuple(asio::deferred));
    auto const [ec, n] = co_await std::move(operation);
    co_return !ec;
  }
  asio::awaitable<bool> read_more() {
    std::array<char, 4096> room;
    auto operation = stream_.async_read_some(asio::buffer(room), asio::as_tuple(asio::deferred));
    auto const [ec, n] = co_await std::move(operation);
    received_.append(room.data(), n);
    co_return !ec;
  }

  chronicle::test::virtual_context& context_;
  any_stream stream_;
  std::string received_;
};

struct server_fixture {
  chronicle::test::virtual_context context;
  server_options options;
  std::optional<server> running;

  server_fixture() { options.time = context.shared_time(); }

  /// Starts the server with `options`, unless it runs.
  server& serving() {
    if (!running) running.emplace(context.executor(), options);
    return *running;
  }

  raw_client connect() {
    auto [client_end, server_end] = make_memory_streams(context.executor(), context.executor());
    serving().serve(std::move(server_end));
    return raw_client(context, std::move(client_end));
  }

  double seconds() { return std::chrono::duration<double>(context.time().now().time_since_epoch()).count(); }
};

}  // namespace chronicle::kv::test
