#include "integrity/json_writer.hpp"

#include <boost/endian/conversion.hpp>

#include "base/few_bytes.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "integrity/json_escape.hpp"

namespace chronicle {
namespace {

constexpr std::size_t longest_piece = 512;  // of a string, written at once
constexpr std::size_t step = 8;
constexpr std::size_t longest_escape = 6;

// The escapes of RFC 8785, section 3.2.2.2.
char* write_escape(char* out, char c) noexcept {
  *out++ = '\\';
  switch (c) {
    case '"':
    case '\\': *out++ = c; return out;
    case '\b': *out++ = 'b'; return out;
    case '\t': *out++ = 't'; return out;
    case '\n': *out++ = 'n'; return out;
    case '\f': *out++ = 'f'; return out;
    case '\r': *out++ = 'r'; return out;
    default: break;
  }
  out = std::copy_n(c < 0x10 ? "u000" : "u001", 4, out);
  *out++ = hex_digits[c & 15];
  return out;
}

constexpr std::uint64_t in_each_byte = 0x0101010101010101, high_bits = 0x80 * in_each_byte;

// Copies text, eight characters at a time and perhaps some after the end, and looks at it on the way.
class copier {
 public:
  // Returns where it has ended; null when something may need an escape.
  char* copy(char* out, std::string_view what) noexcept {
    char const* const from = what.data();
    std::size_t const size = what.size();
    std::uint64_t found = 0;
    if (size < step) {
      auto const few = load_few_bytes(what);
      found = find_escaped(few | ('a' * in_each_byte) << (8 * size));
      put(out, few);
    } else {
      for (std::size_t i = 0; i < size - step; i += step) found |= copy_eight(out + i, from + i);
      found |= copy_eight(out + size - step, from + size - step);  // some of them once more
    }
    return (found & high_bits) == 0 ? out + size : nullptr;
  }
  bool ascii() const noexcept { return (seen_ & high_bits) == 0; }

 private:
  std::uint64_t copy_eight(char* out, char const* from) noexcept {
    auto const eight = boost::endian::load_little_u64(reinterpret_cast<unsigned char const*>(from));
    put(out, eight);
    return find_escaped(eight);
  }
  void put(char* out, std::uint64_t eight) noexcept {
    seen_ |= eight;
    store_eight_bytes(out, eight);
  }
  // The high bit of a byte is set when it is below 0x20, a quote or a backslash, and at times above such a
  // byte (Hacker's Delight, section 6-1).
  static std::uint64_t find_escaped(std::uint64_t eight) noexcept {
    return ((eight - 0x20 * in_each_byte) | ((eight ^ ('"' * in_each_byte)) - in_each_byte) |
            ((eight ^ ('\\' * in_each_byte)) - in_each_byte)) &
           ~eight;
  }

  std::uint64_t seen_ = 0;
};

}  // namespace

char* json_writer::write_string(char* out, std::string_view what) {
  if (what.size() <= longest_piece) {
    out = make_room(out, what.size() + step + 2);
    copier characters;
    char* const end = characters.copy(out + 1, what);
    if (end != nullptr && characters.ascii()) {
      *out = *end = '"';
      return end + 1;
    }
    if (characters.ascii()) {
      *out = '"';
      out = make_room(write_escaped(out + 1, what), 1);
      *out = '"';
      return out + 1;
    }
  }
  return write_any_string(out, what);
}

char* json_writer::write_any_string(char* out, std::string_view what) {
  if (!is_valid_utf8(what)) storable_ = false;
  out = make_room(out, 1);
  *out++ = '"';
  for (; !what.empty(); what.remove_prefix(std::min(what.size(), longest_piece))) {
    auto const piece = what.substr(0, longest_piece);
    out = make_room(out, piece.size() + step);
    char* const end = copier().copy(out, piece);
    out = end != nullptr ? end : write_escaped(out, piece);
  }
  out = make_room(out, 1);
  *out++ = '"';
  return out;
}

char* json_writer::write_escaped(char* out, std::string_view piece) {
  for (; !piece.empty(); piece.remove_prefix(std::min(piece.size(), step))) {
    auto const few = piece.substr(0, step);
    out = make_room(out, longest_escape * step + 1);
    if (char* const end = copier().copy(out, few)) {
      out = end;
      continue;
    }
    for (char const c : few) {
      if (needs_escape(c)) {
        out = write_escape(out, c);
      } else {
        *out++ = c;
      }
    }
  }
  return out;
}

char* json_writer::write_unhashed(char* out, std::string_view what) {
  hash_up_to(out);
  out = write_text(out, what);
  hashed_ = out;
  return out;
}

char* json_writer::begin() {
  char* begin = window_.data();
  end_ = begin + window_.size();
  if (text_ != nullptr) {
    std::size_t const used = text_->size();
    grow(used);
    begin = text_->data() + used;
  }
  hashed_ = begin;
  return begin;
}

// The string fills with zeros what it gives, so what it has allocated before is taken little by little.
void json_writer::grow(std::size_t least) {
  std::size_t const size = text_->size(), allocated = text_->capacity();
  bool const is_there = least <= allocated;
  std::size_t const wanted = std::max(least, size + (is_there ? size / 4 : size) + first_room);
  text_->resize(is_there ? std::min(wanted, allocated) : wanted);
  end_ = text_->data() + text_->size();
}

char* json_writer::move_on(char* out, std::size_t size) {
  hash_up_to(out);
  if (text_ == nullptr) {
    out = window_.data();
  } else {
    auto const used = static_cast<std::size_t>(out - text_->data());
    grow(used + size + 1);
    out = text_->data() + used;
  }
  hashed_ = out;
  return out;
}

written_document json_writer::finish(char* out) {
  hash_up_to(out);
  if (text_ != nullptr) text_->resize(static_cast<std::size_t>(out - text_->data()));
  return {hash_.value(), storable_};
}

}  // namespace chronicle
