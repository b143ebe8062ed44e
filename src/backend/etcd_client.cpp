#include "backend/etcd_client.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "backend/etcd_dialect.hpp"
#include "backend/http_options.hpp"
#include "base/utf8.hpp"

namespace chronicle {
namespace {

std::string find_endpoint_problem(etcd_options const& options, bool& tls) {
  if (options.endpoints.empty()) return "endpoints: must be at least one URL";
  try {
    tls = parse_url(options.endpoints.front()).tls;
    for (auto const& endpoint : options.endpoints)
      if (parse_url(endpoint).tls != tls) return "endpoints: must be all http or all https";
    return {};
  } catch (boost::system::system_error const& e) {
    return std::string("endpoints: ") + e.what();
  }
}

bool is_name(std::string_view text) {
  return text.size() <= 4096 && text.find('\0') == text.npos && is_valid_utf8(text);
}

http_request with_token(http_request request, std::string const& token) {
  if (!token.empty()) request.headers.emplace_back("Authorization", token);
  return request;
}

/// Whether this tells of the member and not of the request.
bool is_failure_of_member(http_outcome const& outcome) {
  if (outcome.ec) return outcome.ec != errc::response_too_large && outcome.ec != errc::unauthorized;
  return outcome.response.status >= 500;
}

}  // namespace

std::string find_problem(etcd_options const& options) {
  bool tls = false;
  if (auto problem = find_endpoint_problem(options, tls); !problem.empty()) return problem;
  if (auto problem = find_http_problem(options, tls); !problem.empty()) return problem;
  return first_broken({
      {options.name_space.find('/') == std::string::npos, "name_space", "without a slash"},
      {options.user.empty() == options.password.empty(), "password", "given together with user, or neither"},
      {is_name(options.user), "user", "at most 4096 bytes of UTF-8 without NUL"},
      {is_name(options.password), "password", "at most 4096 bytes of UTF-8 without NUL"},
      {options.user.empty() || options.token.empty(), "token", "empty when there is a user"},
      {is_token(options.token), "token", "at most 4096 visible ASCII characters"},
  });
}

etcd_client::etcd_client(asio::any_io_executor executor, etcd_options const& options,
                         std::shared_ptr<time_source> time, std::shared_ptr<connector> below)
    : tokens_(std::make_shared<etcd_tokens>(executor, checked(options))) {
  if (parse_url(options.endpoints.front()).tls) below = make_tls_over(std::move(below), options);
  for (auto const& endpoint : options.endpoints)
    members_.push_back(std::make_shared<http_client>(executor, time, below,
                                                     make_http_client_options(options, parse_url(endpoint))));
}

void etcd_client::give_up_on(std::size_t member) noexcept {
  preferred_.compare_exchange_strong(member, (member + 1) % members_.size());
}

asio::awaitable<http_outcome> etcd_client::send(http_request request) {
  auto const self = shared_from_this();
  auto const cancellation = co_await asio::this_coro::cancellation_state;
  http_outcome outcome(asio::error::operation_aborted, false);
  std::size_t const first = preferred_;
  for (std::size_t i = 0; i < members_.size() && !is_cancelled(cancellation); ++i) {
    auto const asked = (first + i) % members_.size();
    auto sending = send_to(members_[asked], request);
    outcome = co_await std::move(sending);
    if (!is_failure_of_member(outcome)) break;
    give_up_on(asked);
    bool const may_be_carried_out = !outcome.ec || outcome.sent;
    if (may_be_carried_out && !request.repeatable) break;
  }
  co_return outcome;
}

asio::awaitable<http_outcome> etcd_client::send_to(member_ptr member, http_request const& request) {
  auto const cancellation = co_await asio::this_coro::cancellation_state;
  auto token = tokens_->current();
  for (bool again = false;; again = true) {
    if (!token || again) {
      auto renewing = tokens_->renew(member, token);
      auto renewed = co_await std::move(renewing);
      if (!renewed) co_return http_outcome(renewed.error(), false);
      if (is_cancelled(cancellation)) co_return http_outcome(asio::error::operation_aborted, false);
      token = std::move(*renewed);
    }
    auto sending = member->send(with_token(request, *token));
    auto outcome = co_await std::move(sending);
    bool const stale = !again && tokens_->is_renewable() && etcd::asks_for_token(outcome);
    if (!stale || is_cancelled(cancellation)) co_return outcome;
  }
}

asio::awaitable<etcd_client::watch> etcd_client::open_watch(http_request request) {
  auto const self = shared_from_this();
  auto const cancellation = co_await asio::this_coro::cancellation_state;
  std::size_t const asked = preferred_;
  auto token = tokens_->current();
  if (!token) {
    auto renewing = tokens_->renew(members_[asked], token);
    auto renewed = co_await std::move(renewing);
    bool const failed = !renewed || is_cancelled(cancellation);
    if (failed) {
      auto const why = renewed ? error_code(asio::error::operation_aborted) : renewed.error();
      if (why != errc::unauthorized) give_up_on(asked);
      co_return watch(http_stream_outcome(why, false), asked, token);
    }
    token = std::move(*renewed);
  }
  auto opening = members_[asked]->open_stream(with_token(std::move(request), *token));
  auto opened = co_await std::move(opening);
  if (is_failure_of_member(opened)) give_up_on(asked);
  co_return watch(std::move(opened), asked, token);
}

}  // namespace chronicle
