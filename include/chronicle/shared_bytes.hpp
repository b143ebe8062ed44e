// Bytes on their way: whoever writes them and whoever may have to write them again hold the same ones.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace chronicle {

/// A string that several may hold and nobody changes. Copies are cheap and share it; like a `shared_ptr`,
/// different objects may be used from different threads.
class shared_bytes {
 public:
  /// None.
  shared_bytes() = default;
  /// From the bytes; does not copy them when they are moved in.
  shared_bytes(std::string bytes)  // NOLINT: a conversion
      : bytes_(std::make_shared<std::string>(std::move(bytes))) {}
  /// From a text.
  shared_bytes(char const* text) : shared_bytes(std::string(text)) {}  // NOLINT: a conversion

  /// Where they begin; valid while anybody holds them.
  char const* data() const noexcept { return view().data(); }
  /// How many there are.
  std::size_t size() const noexcept { return view().size(); }
  /// True when there are none.
  bool empty() const noexcept { return size() == 0; }
  /// To look at; valid while anybody holds them.
  std::string_view view() const noexcept { return bytes_ ? std::string_view(*bytes_) : std::string_view(); }
  /// The same.
  operator std::string_view() const noexcept { return view(); }  // NOLINT: a conversion
  /// A copy.
  std::string str() const { return std::string(view()); }

  /// The string itself, for its memory to be used again, when nobody else holds it; an empty one otherwise.
  /// This object has none afterwards.
  std::string take() noexcept {
    auto const mine = std::move(bytes_);
    if (mine.use_count() != 1) return {};
    std::atomic_thread_fence(std::memory_order_acquire);  // after all that the last other holder did
    return std::move(*mine);
  }

 private:
  std::shared_ptr<std::string> bytes_;
};

}  // namespace chronicle
