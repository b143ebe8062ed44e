#include "chaos/etcd_cluster.hpp"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <future>
#include <stdexcept>

#include "base/base64.hpp"

namespace chronicle::chaos {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::ip::tcp;

/// Reads what comes in the chunks of an HTTP answer, a line at a time.
class line_stream {
 public:
  line_stream(std::uint16_t port, std::string const& target, std::string const& body) : socket_(context_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    asio::write(socket_, asio::buffer("POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                                      std::to_string(body.size()) + "\r\n\r\n" + body));
    take(asio::read_until(socket_, asio::dynamic_buffer(received_), "\r\n\r\n"));
  }

  std::string next() {
    std::size_t end = 0;
    while ((end = text_.find('\n', searched_)) == std::string::npos) {
      searched_ = text_.size();
      read_chunk();
    }
    std::string const line = text_.substr(0, end);
    text_.erase(0, end + 1);
    searched_ = 0;
    return line;
  }

 private:
  void read_chunk() {
    auto const head = take(asio::read_until(socket_, asio::dynamic_buffer(received_), "\r\n"));
    auto const size = std::stoul(head, nullptr, 16);
    if (size == 0) throw std::runtime_error("the watch ended");
    if (received_.size() < size + 2)
      asio::read(socket_, asio::dynamic_buffer(received_),
                 asio::transfer_exactly(size + 2 - received_.size()));
    text_ += take(size + 2).substr(0, size);
  }
  std::string take(std::size_t size) {
    std::string const taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }

  asio::io_context context_;
  tcp::socket socket_;
  std::string received_, text_;
  std::size_t searched_ = 0;
};

/// By HTTP/1.0, whose answers end with the connection: etcd would send long ones in chunks.
json::object ask(std::uint16_t port, std::string const& target, json::object const& request) {
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port});
  auto const body = json::serialize(request);
  asio::write(socket, asio::buffer("POST " + target + " HTTP/1.0\r\nContent-Length: " +
                                   std::to_string(body.size()) + "\r\n\r\n" + body));
  std::string answer;
  boost::system::error_code at_the_end;
  asio::read(socket, asio::dynamic_buffer(answer), at_the_end);
  auto const head = answer.find("\r\n\r\n");
  if (head == answer.npos || answer.find(" 200 ") > head)
    throw std::runtime_error("etcd answered " + target + " with " + answer);
  return json::parse(answer.substr(head + 4)).as_object();
}

std::int64_t to_number(json::value const& text) {
  return std::stoll(std::string(text.as_string()));
}

std::string text_of(json::object const& from, std::string_view member) {
  auto const* const text = from.if_contains(member);  // empty ones are left out
  return text ? decode_base64(text->as_string()).value() : std::string();
}

revision to_revision(json::object const& event, std::size_t prefix_size) {
  auto const& kv = event.at("kv").as_object();
  revision r(to_number(kv.at("mod_revision")), text_of(kv, "key").substr(prefix_size), text_of(kv, "value"));
  r.erased = event.contains("type");  // a put is not named
  return r;
}

}  // namespace

etcd_cluster::etcd_cluster(std::size_t size) {
  std::vector<std::string> peers;
  std::string all;
  for (std::size_t i = 0; i < size; ++i) {
    peers.push_back("http://127.0.0.1:" + std::to_string(test::find_free_port()));
    all += (i > 0 ? "," : "") + ("m" + std::to_string(i)) + "=" + peers.back();
  }
  // At the same time: a member is not ready before it has heard of a second one.
  std::vector<std::future<std::unique_ptr<test::etcd_process>>> starting;
  for (std::size_t i = 0; i < size; ++i) {
    std::vector<std::string> const arguments{"--name",
                                             "m" + std::to_string(i),
                                             "--listen-peer-urls",
                                             peers[i],
                                             "--initial-advertise-peer-urls",
                                             peers[i],
                                             "--initial-cluster",
                                             all,
                                             "--initial-cluster-state",
                                             "new",
                                             "--heartbeat-interval",
                                             "100",
                                             "--election-timeout",
                                             "1000"};
    starting.push_back(std::async(std::launch::async,
                                  [arguments] { return std::make_unique<test::etcd_process>(arguments); }));
  }
  for (auto& member : starting) members_.push_back(member.get());
}

void etcd_cluster::freeze(std::size_t member) {
  members_[member]->process().send_signal(SIGSTOP);
}
void etcd_cluster::thaw(std::size_t member) {
  members_[member]->process().send_signal(SIGCONT);
}
void etcd_cluster::kill(std::size_t member) {
  members_[member]->process().send_signal(SIGKILL);
}
void etcd_cluster::revive(std::size_t member) {
  members_[member]->restart();
}

std::optional<std::size_t> etcd_cluster::find_leader() const {
  for (std::size_t i = 0; i < size(); ++i) {
    auto const status = ask(port(i), "/v3/maintenance/status", {});
    auto const* const leader = status.if_contains("leader");
    if (leader && *leader == status.at("header").at("member_id")) return i;
  }
  return std::nullopt;
}

std::int64_t etcd_cluster::count_writes(std::string const& prefix) const {
  auto const range = ask(port(0), "/v3/kv/range",
                         {{"key", encode_base64(prefix)},
                          {"range_end", encode_base64(prefix + "\xff\xff")},
                          {"keys_only", true},
                          {"serializable", true}});
  auto const* const keys = range.if_contains("kvs");
  std::int64_t writes = 0;
  if (keys)
    for (auto const& key : keys->as_array()) writes += to_number(key.at("version"));
  return writes;
}

std::vector<revision> etcd_cluster::read_history(std::string const& prefix) const {
  std::string const end = "\xff the end";
  ask(port(0), "/v3/kv/put", {{"key", encode_base64(prefix + end)}, {"value", ""}});
  line_stream events(port(0), "/v3/watch",
                     json::serialize(json::object{{"create_request",
                                                   {{"key", encode_base64(prefix)},
                                                    {"range_end", encode_base64(prefix + "\xff\xff")},
                                                    {"start_revision", "1"},
                                                    {"fragment", true}}}}));
  std::vector<revision> history;
  while (true) {
    auto const line = json::parse(events.next()).as_object();
    auto const& result = line.at("result").as_object();
    if (result.contains("canceled"))
      throw std::runtime_error("the watch was cancelled: " + json::serialize(line));
    auto const* const told = result.if_contains("events");
    if (!told) continue;
    for (auto const& event : told->as_array()) {
      auto r = to_revision(event.as_object(), prefix.size());
      if (r.key == end) return history;
      history.push_back(std::move(r));
    }
  }
}

}  // namespace chronicle::chaos
