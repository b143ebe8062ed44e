#include "backend/rest_bus.hpp"

#include <boost/asio/error.hpp>
#include <vector>

#include "backend/http_status.hpp"
#include "backend/rest_client.hpp"
#include "backend/rest_dialect.hpp"
#include "backend/subscription.hpp"
#include "base/utf8.hpp"
#include "chronicle/backend.hpp"
#include "transport/percent.hpp"
#include "transport/sse_parser.hpp"
#include "transport/tcp.hpp"

namespace chronicle {
namespace {

std::string path_of(std::string const& topic) {
  return "/v1/topics/" + percent_encode(topic);
}

bool is_payload(std::string_view text) {
  return !text.empty() && text.find_first_of(std::string_view("\0\r", 2)) == text.npos && is_valid_utf8(text);
}

/// What every coroutine of the bus shares, so that none needs the bus itself to stay.
struct bus_parts {
  std::shared_ptr<http_client> client;
  std::shared_ptr<time_source> time;
  std::shared_ptr<random_source> random;
  rest_bus_options options;
};

class rest_subscription final : public subscription {
 public:
  rest_subscription(bus_parts parts, std::string const& topic, std::shared_ptr<bus_listener> listener)
      : subscription(*parts.time, *parts.random, make_pauses(parts.options), std::move(listener)),
        parts_(std::move(parts)),
        path_(path_of(topic)) {}

 private:
  asio::awaitable<error_code> listen_once() override {
    http_request request("GET", path_);
    request.headers.emplace_back("Accept", "text/event-stream");
    if (!last_event_id_.empty()) request.headers.emplace_back("Last-Event-ID", last_event_id_);
    auto const opened = co_await parts_.client->open_stream(request);
    if (opened.ec) co_return opened.ec;
    auto const type = find_header(opened.response.headers, "Content-Type");
    if (opened.response.status != 200) co_return describe_status(opened.response.status);
    if (!type || !type->starts_with("text/event-stream")) co_return make_error_code(errc::protocol_error);

    sse_parser parser;
    while (!is_cancelled()) {
      auto const bytes = co_await opened.stream->read_some(parts_.time->now() + parts_.options.silence_limit);
      if (!bytes) co_return bytes.error();
      if (bytes->empty()) co_return error_code(asio::error::eof);
      std::vector<sse_item> items;
      auto const ec = parser.feed(*bytes, items);
      // First the messages: one that is handled twice does less harm than one that is lost.
      for (auto& item : items) pass_on(std::move(item));
      if (!parser.last_event_id().empty()) last_event_id_ = parser.last_event_id();
      if (ec) co_return ec;
    }
    co_return error_code(asio::error::operation_aborted);
  }

  void pass_on(sse_item item) {
    if (!item.is_comment) {
      on_message(std::move(item.text));
    } else if (item.text == "subscribed") {
      on_subscribed();
    }
  }

  bus_parts parts_;
  std::string path_;
  std::string last_event_id_;
};

class rest_bus final : public message_bus {
 public:
  explicit rest_bus(bus_parts parts) : parts_(std::move(parts)) {}

  asio::awaitable<error_code> publish(std::string topic, std::string payload) override {
    if (auto const ec = check_key(topic)) co_return ec;
    if (!is_payload(payload)) co_return error_code(asio::error::invalid_argument);
    http_request request("POST", path_of(topic));
    request.headers.emplace_back("Content-Type", "application/octet-stream");
    request.body = std::move(payload);
    auto sending = parts_.client->send(std::move(request));
    auto const outcome = co_await std::move(sending);
    if (outcome.ec) co_return outcome.ec;
    bool const taken = outcome.response.status == 202;
    co_return taken ? error_code() : describe_status(outcome.response.status);
  }

  asio::awaitable<void> listen(std::string topic, std::shared_ptr<bus_listener> listener) override {
    rest_subscription here(parts_, topic, std::move(listener));
    co_await here.run();
  }

 private:
  bus_parts parts_;
};

}  // namespace

std::string find_problem(rest_bus_options const& options) {
  return find_subscription_problem(options);
}

std::shared_ptr<message_bus> make_rest_bus_over(std::shared_ptr<connector> below,
                                                asio::any_io_executor executor, rest_options const& where,
                                                rest_bus_options const& options,
                                                std::shared_ptr<time_source> time,
                                                std::shared_ptr<random_source> random) {
  bus_parts parts;
  parts.options = checked(options);
  parts.client = make_rest_client(std::move(executor), where, time, std::move(below));
  parts.time = std::move(time);
  parts.random = std::move(random);
  return std::make_shared<rest_bus>(std::move(parts));
}

std::shared_ptr<message_bus> make_rest_bus(asio::any_io_executor executor, rest_options const& where,
                                           rest_bus_options const& options, std::shared_ptr<time_source> time,
                                           std::shared_ptr<random_source> random) {
  if (!time) time = make_real_time_source();
  if (!random) random = make_real_random_source();
  return make_rest_bus_over(make_tcp_connector(), std::move(executor), where, options, std::move(time),
                            std::move(random));
}

}  // namespace chronicle
