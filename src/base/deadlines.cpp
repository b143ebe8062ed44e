#include "base/deadlines.hpp"

namespace chronicle {

void deadlines::add(timed_operation& operation) {
  all_.insert(all_.end(), operation);  // most have the same time-out, so this is the latest
  call_.order(operation.deadline(), *this);
}

void deadlines::remove(timed_operation& operation) {
  operation.unlink();
  if (closed_ && all_.empty()) call_.cancel();
}

void deadlines::close() {
  closed_ = true;
  if (all_.empty()) call_.cancel();
}

std::optional<time_point> deadlines::expire_due(time_point now) {
  while (!all_.empty() && all_.begin()->deadline() <= now) {
    auto& due = *all_.begin();
    due.unlink();
    due.expire();
  }
  if (all_.empty()) return std::nullopt;
  return all_.begin()->deadline();
}

}  // namespace chronicle
