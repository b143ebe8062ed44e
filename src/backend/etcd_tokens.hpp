// The token by which etcd knows us: had for user name and password, and had anew when a member does not know
// it any more. However many requests find that out at once, etcd is asked once: checking a password costs it
// 0.1 s of work.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/launch.hpp"
#include "base/waiting.hpp"
#include "chronicle/etcd_options.hpp"
#include "transport/http_client.hpp"

namespace chronicle {

/// Safe to call from several threads.
class etcd_tokens : public std::enable_shared_from_this<etcd_tokens> {
 public:
  etcd_tokens(asio::any_io_executor executor, etcd_options const& options);

  /// Empty when none is needed; nothing when one has to be had first.
  std::optional<std::string> current() const;

  /// Whether there is a way to have another one.
  bool is_renewable() const noexcept { return !user_.empty(); }

  /// A token other than `stale`: the current one, if somebody has renewed it already, or a new one from
  /// `member`.
  asio::awaitable<result<std::string>> renew(std::shared_ptr<http_client> member,
                                             std::optional<std::string> stale);

  /// The next request has to have a new one.
  void forget(std::optional<std::string> const& stale);

 private:
  asio::awaitable<result<std::string>> renew_in_turn(std::shared_ptr<http_client> member,
                                                     std::optional<std::string> stale);

  asio::any_io_executor executor_;
  strand_type strand_;
  std::string user_;
  std::string password_;
  event renewed_;
  bool renewing_ = false;
  mutable std::mutex mutex_;  // the token is read from everywhere
  std::optional<std::string> token_;
};

}  // namespace chronicle
