// Writes documents as JSON text and hashes them in the same pass.
#pragma once

#include <array>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "integrity/canonical_order.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"

namespace chronicle {

enum class json_form {
  canonical,  ///< see canonical.hpp
  stored,     ///< the same, but whole doubles are 1.0 and -0.0 and so come back as doubles
};

/// For one document. The hash is of the canonical form, whatever is written.
class document_writer {
 public:
  /// Appends to `text`; its capacity is made use of.
  document_writer(std::string& text, json_form form) : text_(&text), form_(form) {}
  /// Writes nowhere, for the hash alone. Allocates nothing but what `open_members` may.
  document_writer() = default;

  template <class Document>
  written_document write(Document const& document) {
    char* out = begin();
    out = write(out, document);
    return finish(out);
  }

 private:
  // These take where to write and return where they have ended, with room for one more character.
  char* write(char* out, json::value const& value);
  char* write(char* out, json::array const& array);
  char* write(char* out, json::object const& object);
  char* write_double(char* out, double number);
  char* write_whole_double(char* out, std::int64_t number, bool negative);
  char* write_string(char* out, std::string_view what);
  char* write_plain_name(char* out, std::string_view name);
  char* write_any_string(char* out, std::string_view what);
  char* write_escaped(char* out, std::string_view piece);
  char* write_integer(char* out, std::int64_t number);
  char* write_integer(char* out, std::uint64_t number);
  char* write_bool(char* out, bool truth);
  template <std::size_t size>
  char* write_word(char* out, char const (&word)[size]);
  char* write_unhashed(char* out, std::string_view what);

  char* begin();
  written_document finish(char* out);
  // Where to write when the next `size` characters are to fit, and one more.
  char* make_room(char* out, std::size_t size) {
    return static_cast<std::size_t>(end_ - out) > size ? out : move_on(out, size);
  }
  char* move_on(char* out, std::size_t size);
  void hash_up_to(char const* out) {
    hash_.update(std::string_view(hashed_, out));
    hashed_ = out;
  }

  static constexpr std::size_t window_size = 4096;

  std::string* text_ = nullptr;  // its size is ahead of what has been written
  json_form form_ = json_form::canonical;
  char const* hashed_ = nullptr;  // up to here
  char const* end_ = nullptr;     // of the room
  buffered_fnv1a64 hash_;
  open_members& members_ = open_members::of_this_thread();
  std::size_t depth_ = 0;
  bool storable_ = true;
  std::array<char, window_size> window_;  // what is only hashed
};

}  // namespace chronicle
