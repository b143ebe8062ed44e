// A backend of one's own, whole: records in a file that only grows, for one process. What a store needs is
// that a read sees every write before it, that a write happens only over the version it expects, that no
// version comes back, and that what is reported as applied is on disk.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chronicle/backend.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>

class file_backend final : public chronicle::backend {
 public:
  template <class T>
  using awaitable = chronicle::asio::awaitable<T>;

  explicit file_backend(std::filesystem::path const& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    bool const ours = file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) == 0;
    if (!ours) throw std::system_error(errno, std::generic_category(), path.string());
    load(path);
  }
  ~file_backend() override { ::close(file_); }

  awaitable<chronicle::result<std::optional<chronicle::entry>>> get(std::string key) override {
    if (auto const ec = chronicle::check_key(key)) co_return ec;
    std::lock_guard const lock(mutex_);
    co_return current(key);
  }

  awaitable<chronicle::put_result> put_if(std::string key, chronicle::shared_bytes value,
                                          std::optional<chronicle::version> expected, std::string) override {
    co_return write(key, value.str(), expected);
  }

  awaitable<chronicle::put_result> erase_if(std::string key, chronicle::version expected) override {
    co_return write(key, std::nullopt, std::move(expected));
  }

  awaitable<chronicle::result<chronicle::page<chronicle::key_info>>> list(std::string prefix,
                                                                          std::string cursor,
                                                                          std::size_t limit) override {
    std::lock_guard const lock(mutex_);
    chronicle::page<chronicle::key_info> found;
    auto at = cursor.empty() ? records_.lower_bound(prefix) : records_.upper_bound(cursor);
    for (; at != records_.end() && at->first.starts_with(prefix); ++at) {
      if (!at->second.value) continue;
      if (found.items.size() == std::max<std::size_t>(limit, 1)) {
        found.next = found.items.back().key;
        break;
      }
      found.items.emplace_back(at->first, name_of(at->second.number));
    }
    co_return found;
  }

  awaitable<chronicle::result<chronicle::page<chronicle::entry>>> history(std::string key, std::string,
                                                                          std::size_t) override {
    if (auto const ec = chronicle::check_key(key)) co_return ec;
    co_return chronicle::page<chronicle::entry>();  // not offered, see caps()
  }

  chronicle::capabilities caps() const override {
    chronicle::capabilities c;
    c.conflict_returns_current = true;  // the rest is as modest as the defaults
    return c;
  }

 private:
  struct record {
    std::uint64_t number = 0;
    std::optional<std::string> value;  // none: erased, but its number stays taken
  };

  static chronicle::version name_of(std::uint64_t number) {
    return chronicle::version(std::to_string(number));
  }

  std::optional<chronicle::entry> current(std::string const& key) const {
    auto const found = records_.find(key);
    if (found == records_.end() || !found->second.value) return std::nullopt;
    return chronicle::entry(*found->second.value, name_of(found->second.number));
  }

  // Blocks for as long as the disk takes, which a server with other things to do would leave to a thread of
  // its own.
  chronicle::put_result write(std::string const& key, std::optional<std::string> value,
                              std::optional<chronicle::version> const& expected) {
    if (auto const ec = chronicle::check_key(key)) return chronicle::rejected(ec);
    if (value && value->size() > caps().max_value)
      return chronicle::rejected(chronicle::errc::value_too_large);
    std::lock_guard const lock(mutex_);
    auto const now = current(key);
    if (expected != (now ? std::optional(now->ver) : std::nullopt)) return chronicle::conflict(now);
    if (broken_) return chronicle::rejected(chronicle::errc::backend_failure);
    auto const text = (value ? "put " : "erase ") + std::to_string(key.size()) + " " +
                      std::to_string(value ? value->size() : 0) + "\n" + key + value.value_or("") + "\n";
    if (::pwrite(file_, text.data(), text.size(), size_) != static_cast<ssize_t>(text.size())) {
      // Half a line that is gone again was never written; one that stays makes the file unfit for more.
      broken_ = ::ftruncate(file_, size_) != 0;
      if (broken_) return chronicle::indeterminate(chronicle::errc::backend_failure);
      return chronicle::rejected(chronicle::errc::backend_failure);
    }
    broken_ = ::fdatasync(file_) != 0;
    if (broken_)
      return chronicle::indeterminate(chronicle::errc::backend_failure);  // nobody knows what is on disk
    size_ += static_cast<off_t>(text.size());
    take(key, std::move(value));
    return chronicle::applied(name_of(last_number_));
  }

  void take(std::string const& key, std::optional<std::string> value) {
    record made;
    made.number = ++last_number_;
    made.value = std::move(value);
    records_[key] = std::move(made);
  }

  // Reads what is there; the line that a crash cut short was never acknowledged and is written over.
  void load(std::filesystem::path const& path) {
    std::ifstream from(path, std::ios::binary);
    std::string verb;
    std::size_t key_size = 0, value_size = 0;
    while (from >> verb >> key_size >> value_size && from.get() == '\n') {
      std::string key(key_size, '\0'), value(value_size, '\0');
      from.read(key.data(), static_cast<std::streamsize>(key_size));
      from.read(value.data(), static_cast<std::streamsize>(value_size));
      if (from.get() != '\n') break;
      size_ = from.tellg();
      take(key, verb == "put" ? std::optional(std::move(value)) : std::nullopt);
    }
    if (::ftruncate(file_, size_) != 0)
      throw std::system_error(errno, std::generic_category(), path.string());
  }

  int file_;
  off_t size_ = 0;
  bool broken_ = false;
  std::mutex mutex_;
  std::uint64_t last_number_ = 0;  // over all keys, so that none comes back
  std::map<std::string, record> records_;
};
