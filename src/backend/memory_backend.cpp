#include "chronicle/memory_backend.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace chronicle {
namespace {

struct written_value {
  std::uint64_t number = 0;
  std::optional<std::string> value;  // empty: erased
  std::string write_id;
  time_point written{};
};

class memory_backend final : public backend {
 public:
  memory_backend(std::shared_ptr<time_source> time, std::size_t versions)
      : time_(std::move(time)), versions_(std::max<std::size_t>(versions, 1)) {}

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    if (error_code const ec = check_key(key)) co_return ec;
    std::lock_guard const lock(mutex_);
    co_return current(key);
  }

  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    if (error_code const ec = check_key(key)) co_return put_result(rejected(ec));
    if (value.size() > caps().max_value)
      co_return put_result(rejected(make_error_code(errc::value_too_large)));
    co_return write(key, value.str(), expected, std::move(write_id));
  }

  asio::awaitable<put_result> erase_if(std::string key, version expected) override {
    if (error_code const ec = check_key(key)) co_return put_result(rejected(ec));
    co_return write(key, std::nullopt, std::move(expected), {});
  }

  asio::awaitable<result<page<key_info>>> list(std::string prefix, std::string cursor,
                                               std::size_t limit) override {
    std::lock_guard const lock(mutex_);
    page<key_info> found;
    auto at = cursor.empty() ? keys_.lower_bound(prefix) : keys_.upper_bound(cursor);
    for (; at != keys_.end() && at->first.starts_with(prefix); ++at) {
      written_value const& newest = at->second.back();
      if (!newest.value) continue;
      if (found.items.size() == std::max<std::size_t>(limit, 1)) {
        found.next = found.items.back().key;
        break;
      }
      found.items.emplace_back(at->first, name_of(newest));
    }
    co_return found;
  }

  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    if (error_code const ec = check_key(key)) co_return ec;
    std::lock_guard const lock(mutex_);
    page<entry> found;
    auto const known = keys_.find(key);
    if (known == keys_.end()) co_return found;
    std::uint64_t before = ~std::uint64_t{0};
    std::from_chars(cursor.data(), cursor.data() + cursor.size(), before);
    for (auto past = known->second.rbegin(); past != known->second.rend(); ++past) {
      if (past->number >= before || !past->value) continue;
      if (found.items.size() == std::max<std::size_t>(limit, 1)) {
        found.next = found.items.back().ver.token;
        break;
      }
      found.items.push_back(to_entry(*past));
    }
    co_return found;
  }

  capabilities caps() const override {
    capabilities c;
    c.server_age = true;
    c.history = true;
    c.conflict_returns_current = true;
    c.write_id_dedup = true;
    return c;
  }

 private:
  static version name_of(written_value const& r) { return version(std::to_string(r.number)); }

  entry to_entry(written_value const& r) const {
    auto const age = std::chrono::duration_cast<std::chrono::milliseconds>(time_->now() - r.written);
    return entry(*r.value, name_of(r), age);
  }

  std::optional<entry> current(std::string const& key) const {
    auto const known = keys_.find(key);
    if (known == keys_.end() || !known->second.back().value) return std::nullopt;
    return to_entry(known->second.back());
  }

  put_result write(std::string const& key, std::optional<std::string> value,
                   std::optional<version> const& expected, std::string write_id) {
    std::lock_guard const lock(mutex_);
    auto const known = keys_.find(key);
    written_value const* const newest = known == keys_.end() ? nullptr : &known->second.back();
    bool const present = newest && newest->value;
    std::optional<version> const has = present ? std::optional(name_of(*newest)) : std::nullopt;
    if (has != expected) {
      bool const repeated =
          present && !write_id.empty() && newest->write_id == write_id && newest->value == value;
      if (repeated) return applied(name_of(*newest));
      return conflict(current(key));
    }
    written_value made;
    made.number = ++last_revision_;
    made.value = std::move(value);
    made.write_id = std::move(write_id);
    made.written = time_->now();
    version at = name_of(made);
    auto& line = keys_[key];
    line.push_back(std::move(made));
    if (line.size() > versions_) line.pop_front();
    return applied(std::move(at));
  }

  std::shared_ptr<time_source> time_;
  std::size_t versions_;
  std::mutex mutex_;
  std::uint64_t last_revision_ = 0;
  std::map<std::string, std::deque<written_value>> keys_;  // oldest revision first
};

}  // namespace

std::shared_ptr<backend> make_memory_backend(std::shared_ptr<time_source> time, std::size_t versions) {
  if (!time) time = make_real_time_source();
  return std::make_shared<memory_backend>(std::move(time), versions);
}

}  // namespace chronicle
