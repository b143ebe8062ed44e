#include "backend/etcd_tokens.hpp"

#include <boost/asio/error.hpp>

#include "backend/etcd_dialect.hpp"

namespace chronicle {
namespace {

/// True for as long as somebody renews, whatever becomes of the coroutine; then the others look again.
class turn {
 public:
  turn(bool& taken, event& over) : taken_(taken), over_(over) { taken_ = true; }
  ~turn() {
    taken_ = false;
    over_.notify_all();
  }
  turn(turn const&) = delete;
  turn& operator=(turn const&) = delete;

 private:
  bool& taken_;
  event& over_;
};

}  // namespace

etcd_tokens::etcd_tokens(asio::any_io_executor executor, etcd_options const& options)
    : executor_(executor),
      strand_(executor),
      user_(options.user),
      password_(options.password),
      renewed_(strand_) {
  if (user_.empty()) token_ = options.token;
}

std::optional<std::string> etcd_tokens::current() const {
  std::lock_guard const lock(mutex_);
  return token_;
}

void etcd_tokens::forget(std::optional<std::string> const& stale) {
  std::lock_guard const lock(mutex_);
  if (is_renewable() && token_ == stale) token_.reset();
}

asio::awaitable<result<std::string>> etcd_tokens::renew(std::shared_ptr<http_client> member,
                                                        std::optional<std::string> stale) {
  auto renewing = run_on(strand_, executor_, renew_in_turn(std::move(member), std::move(stale)));
  auto [ec, token] = co_await std::move(renewing);
  if (ec) co_return ec;
  co_return std::move(token);
}

asio::awaitable<result<std::string>> etcd_tokens::renew_in_turn(std::shared_ptr<http_client> member,
                                                                std::optional<std::string> stale) {
  auto const self = shared_from_this();
  while (renewing_) {
    bool const woken = co_await renewed_.wait();
    if (!woken) co_return error_code(asio::error::operation_aborted);
  }
  if (auto const token = current(); token && token != stale) co_return *token;
  turn const ours(renewing_, renewed_);
  auto asking = member->send(etcd::ask_authenticate(user_, password_));
  auto const outcome = co_await std::move(asking);
  auto token = etcd::says_no_authentication(outcome) ? result<std::string>(std::string())
                                                     : etcd::read_text(outcome, "token");
  if (!token) co_return token.error();
  std::lock_guard const lock(mutex_);
  token_ = *token;
  co_return token;
}

}  // namespace chronicle
