// Memory for the text of records, used again and again: blocks of that size that come and go make the heap
// grow and shrink, and a page fault costs more than writing the page.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace chronicle {

/// Lives on one strand.
class text_pool {
 public:
  /// An empty string with room for `size` bytes.
  std::string take(std::size_t size) {
    std::string text;
    if (!spare_.empty()) {
      text = std::move(spare_.back());
      spare_.pop_back();
      held_ -= text.capacity();
    }
    text.clear();
    text.reserve(size);
    return text;
  }

  /// Keeps the memory of `text`, within limits.
  void give_back(std::string text) {
    if (text.capacity() < smallest_kept || held_ + text.capacity() > most_held) return;
    held_ += text.capacity();
    spare_.push_back(std::move(text));
  }

 private:
  static constexpr std::size_t smallest_kept = 512;
  static constexpr std::size_t most_held = 8 * 1024 * 1024;

  std::vector<std::string> spare_;
  std::size_t held_ = 0;
};

}  // namespace chronicle
