// Memory for the text of records, used again and again: blocks of that size that come and go make the heap
// grow and shrink, and a page fault costs more than writing the page.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "chronicle/shared_bytes.hpp"

namespace chronicle {

/// May be used from several threads: whoever holds a text last gives its memory back.
class text_pool : public std::enable_shared_from_this<text_pool> {
 public:
  text_pool() { spare_.reserve(most_texts); }

  /// An empty string with room for `size` bytes.
  std::string take(std::size_t size) {
    std::string text = take_any();
    text.clear();
    text.reserve(size);
    return text;
  }

  /// The text, whose memory comes back when nobody needs it any more.
  shared_bytes share(std::string text) {
    auto const give_back = [home = weak_from_this()](std::string* done) {
      std::unique_ptr<std::string> const mine(done);
      if (auto const pool = home.lock()) pool->keep(std::move(*mine));
    };
    return shared_bytes(std::shared_ptr<std::string>(new std::string(std::move(text)), give_back));
  }

  /// Keeps the memory of `text`, within limits.
  void keep(std::string text) noexcept {
    std::lock_guard const lock(mutex_);
    bool const room = spare_.size() < most_texts && held_ + text.capacity() <= most_bytes;
    if (!room || text.capacity() < smallest) return;
    held_ += text.capacity();
    spare_.push_back(std::move(text));
  }

 private:
  static constexpr std::size_t smallest = 512;
  static constexpr std::size_t most_bytes = 8 * 1024 * 1024;
  static constexpr std::size_t most_texts = 128;

  std::string take_any() {
    std::lock_guard const lock(mutex_);
    if (spare_.empty()) return {};
    std::string text = std::move(spare_.back());
    spare_.pop_back();
    held_ -= text.capacity();
    return text;
  }

  std::mutex mutex_;
  std::vector<std::string> spare_;
  std::size_t held_ = 0;
};

}  // namespace chronicle
