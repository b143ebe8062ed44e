#include "kv_server/doorbell.hpp"

#include <boost/asio/post.hpp>

namespace chronicle::kv {

void doorbell::ring() {
  if (ringing_.exchange(true)) return;  // one call is on its way already
  asio::post(strand_, [self = shared_from_this()] {
    self->ringing_ = false;
    self->alarm_.ring();
  });
}

}  // namespace chronicle::kv
