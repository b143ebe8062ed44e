// What the copies of a profile share: when the last one goes, the session is released.
#pragma once

#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

#include "session/session.hpp"

namespace chronicle::detail {

class profile_handle {
 public:
  explicit profile_handle(std::shared_ptr<chronicle::session> held) : session_(std::move(held)) {}
  profile_handle(profile_handle const&) = delete;
  profile_handle& operator=(profile_handle const&) = delete;
  ~profile_handle() {
    auto const strand = session_->store_context().strand;
    asio::post(strand, [held = std::move(session_)] { held->request_release(); });
  }

  std::shared_ptr<chronicle::session> const& held() const noexcept { return session_; }

 private:
  std::shared_ptr<chronicle::session> session_;
};

}  // namespace chronicle::detail
