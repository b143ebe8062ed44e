#include "backend/rest_backend.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include "backend/rest_client.hpp"
#include "backend/rest_dialect.hpp"
#include "base/waiting.hpp"
#include "transport/tcp.hpp"

namespace chronicle {
namespace {

/// What the dialect takes as a `Write-Id`.
bool is_write_id(std::string_view text) {
  return text.size() <= 256 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

class rest_backend final : public backend {
 public:
  rest_backend(std::shared_ptr<http_client> client, rest_options const& options)
      : client_(std::move(client)), name_space_(options.name_space), max_value_(options.max_value_bytes) {}

  // After a suspension nothing of `this` is touched: the backend may have been destroyed meanwhile.

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    if (auto const ec = check_key(key)) co_return ec;
    auto sending = client_->send(rest::ask_value(name_space_, key));
    auto outcome = co_await std::move(sending);
    co_return rest::read_value(std::move(outcome));
  }

  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    if (auto const ec = check_key(key)) co_return put_result(rejected(ec));
    if (value.size() > max_value_) co_return put_result(rejected(make_error_code(errc::value_too_large)));
    bool const sendable = is_write_id(write_id) && (!expected || rest::is_sendable(*expected));
    if (!sendable) co_return put_result(rejected(asio::error::invalid_argument));
    auto sending = client_->send(rest::ask_put(name_space_, key, std::move(value), expected, write_id));
    auto const outcome = co_await std::move(sending);
    co_return rest::read_write(outcome);
  }

  asio::awaitable<put_result> erase_if(std::string key, version expected) override {
    if (auto const ec = check_key(key)) co_return put_result(rejected(ec));
    if (!rest::is_sendable(expected)) co_return put_result(rejected(asio::error::invalid_argument));
    auto sending = client_->send(rest::ask_erase(name_space_, key, expected));
    auto const outcome = co_await std::move(sending);
    co_return rest::read_write(outcome);
  }

  asio::awaitable<result<page<key_info>>> list(std::string prefix, std::string cursor,
                                               std::size_t limit) override {
    auto const client = client_;
    auto const name_space = name_space_;
    auto sending = client->send(rest::ask_list(name_space, prefix, cursor, limit));
    auto outcome = co_await std::move(sending);
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    bool const snapshot_gone = !outcome.ec && outcome.response.status == 410 && !is_cancelled(cancellation);
    if (snapshot_gone) {  // go on with the present
      cursor.erase(0, cursor.find(':'));
      auto again = client->send(rest::ask_list(name_space, prefix, cursor, limit));
      outcome = co_await std::move(again);
    }
    co_return rest::read_list(outcome);
  }

  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    if (auto const ec = check_key(key)) co_return ec;
    auto sending = client_->send(rest::ask_history(name_space_, key, cursor, limit));
    auto const outcome = co_await std::move(sending);
    co_return rest::read_history(outcome);
  }

  capabilities caps() const override {
    capabilities c;
    c.server_age = true;
    c.history = true;
    c.conflict_returns_current = true;
    c.write_id_dedup = true;
    c.max_value = max_value_;
    return c;
  }

 private:
  std::shared_ptr<http_client> client_;
  std::string name_space_;
  std::size_t max_value_;
};

}  // namespace

std::shared_ptr<backend> make_rest_backend_over(std::shared_ptr<connector> below,
                                                asio::any_io_executor executor, rest_options const& options,
                                                std::shared_ptr<time_source> time) {
  auto client = make_rest_client(std::move(executor), options, std::move(time), std::move(below));
  return std::make_shared<rest_backend>(std::move(client), options);
}

std::shared_ptr<backend> make_rest_backend(asio::any_io_executor executor, rest_options const& options,
                                           std::shared_ptr<time_source> time) {
  if (!time) time = make_real_time_source();
  return make_rest_backend_over(make_tcp_connector(), std::move(executor), options, std::move(time));
}

}  // namespace chronicle
