// Bytes on their way: whoever writes them and whoever may have to write them again hold the same ones.
#pragma once

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
      : bytes_(std::make_shared<std::string const>(std::move(bytes))) {}
  /// From a text.
  shared_bytes(char const* text) : shared_bytes(std::string(text)) {}  // NOLINT: a conversion

  /// From what holds them already.
  explicit shared_bytes(std::shared_ptr<std::string const> bytes) : bytes_(std::move(bytes)) {}

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

 private:
  std::shared_ptr<std::string const> bytes_;
};

}  // namespace chronicle
