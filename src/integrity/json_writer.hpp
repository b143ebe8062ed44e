// Writes JSON text piece by piece and hashes it in the same pass: what documents and the heads of records are
// made with.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "integrity/digits.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"

namespace chronicle {

/// Begin, write, finish. All that writes takes where to write and returns where it has ended, with room for
/// one more character.
class json_writer {
 public:
  /// Appends to `text`; its capacity is made use of. Until `finish` its size is ahead of what has been
  /// written.
  explicit json_writer(std::string& text) : text_(&text) {}
  /// Writes nowhere, for the hash alone.
  json_writer() = default;

  char* begin();
  /// The hash is of all that was written, but for `write_unhashed`.
  written_document finish(char* out);

  char* write_string(char* out, std::string_view what);
  char* write_integer(char* out, std::uint64_t number) {
    return write_digits(make_room(out, room_for_digits), number);
  }
  char* write_integer(char* out, std::int64_t number) {
    auto const size = static_cast<std::uint64_t>(number);
    if (number >= 0) return write_integer(out, size);
    out = make_room(out, room_for_digits + 1);
    *out++ = '-';
    return write_digits(out, -size);
  }
  /// What is JSON text already.
  template <std::size_t size>
  char* write_word(char* out, char const (&word)[size]) {
    return std::copy_n(word, size - 1, make_room(out, size));
  }
  char* write_text(char* out, std::string_view text) {
    return std::copy(text.begin(), text.end(), make_room(out, text.size()));
  }
  /// Text that is not part of the canonical form.
  char* write_unhashed(char* out, std::string_view what);

  /// Where to write when the next `size` characters are to fit, and one more.
  char* make_room(char* out, std::size_t size) {
    return static_cast<std::size_t>(end_ - out) > size ? out : move_on(out, size);
  }

 protected:
  bool storable_ = true;

 private:
  char* write_any_string(char* out, std::string_view what);
  char* write_escaped(char* out, std::string_view piece);
  char* move_on(char* out, std::size_t size);
  void grow(std::size_t least);
  void hash_up_to(char const* out) {
    hash_.update(std::string_view(hashed_, out));
    hashed_ = out;
  }

  static constexpr std::size_t window_size = 4096, first_room = 1024;

  std::string* text_ = nullptr;
  char const* hashed_ = nullptr;  // up to here
  char const* end_ = nullptr;     // of the room
  buffered_fnv1a64 hash_;
  std::array<char, window_size> window_;  // what is only hashed
};

}  // namespace chronicle
