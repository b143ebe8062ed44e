#include "kv_server/key_lister.hpp"

namespace chronicle::kv {

bool key_lister::take(row const& r) {
  if (r.name != name_) {
    if (!close_key()) return false;
    name_ = r.name;
    born_ = r.born;
    decided_ = false;
  }
  if (decided_ || r.revision > page_.as_of) return true;
  decided_ = true;
  if (r.erased) return true;
  if (page_.keys.size() == limit_) {
    page_.more = true;
    return false;
  }
  page_.keys.emplace_back(name_, r.revision);
  return true;
}

bool key_lister::close_key() {
  if (!decided_ && born_ <= page_.as_of) compacted_ = true;
  decided_ = true;
  return !compacted_;
}

list_outcome key_lister::finish() {
  if (!close_key()) return compacted{};
  return std::move(page_);
}

}  // namespace chronicle::kv
