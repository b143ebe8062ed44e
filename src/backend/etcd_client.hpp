// The members of an etcd cluster as one: a request goes to the member that answered last, with our token, and
// to the next one where that cannot repeat its effect.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/etcd_tokens.hpp"
#include "chronicle/etcd_options.hpp"
#include "transport/connector.hpp"
#include "transport/http_client.hpp"

namespace chronicle {

/// Operations may be called from several threads at once, return to their caller's executor, do not throw
/// unless the caller was cancelled before, and keep alive what they need.
class etcd_client : public std::enable_shared_from_this<etcd_client> {
 public:
  /// `below` carries the bytes; TLS goes on top of it for `https`. Throws as `make_etcd_backend` does.
  etcd_client(asio::any_io_executor executor, etcd_options const& options, std::shared_ptr<time_source> time,
              std::shared_ptr<connector> below);

  /// What became of the request at the last member that was asked. With an error and `sent`, it may have been
  /// carried out. A repeatable request is asked of each member until one gives an answer that is not its own
  /// failure; any other is until a byte of it was sent.
  asio::awaitable<http_outcome> send(http_request request);

  /// A stream from one member.
  struct watch : http_stream_outcome {
    std::size_t member = 0;
    std::optional<std::string> token;

    watch() = default;
    watch(http_stream_outcome o, std::size_t m, std::optional<std::string> t)
        : http_stream_outcome(std::move(o)), member(m), token(std::move(t)) {}
  };
  asio::awaitable<watch> open_watch(http_request request);

  /// What a stream taught: its member fails, so that the next one is asked; its token is not known.
  void give_up_on(std::size_t member) noexcept;
  void token_refused(std::optional<std::string> const& token) { tokens_->forget(token); }

 private:
  using member_ptr = std::shared_ptr<http_client>;

  asio::awaitable<http_outcome> send_to(member_ptr member, http_request const& request);

  std::vector<member_ptr> members_;
  std::atomic<std::size_t> preferred_ = 0;  // an index once taken modulo their number
  std::shared_ptr<etcd_tokens> tokens_;
};

}  // namespace chronicle
