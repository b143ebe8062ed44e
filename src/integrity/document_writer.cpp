#include "integrity/document_writer.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <cmath>
#include <cstring>

#include "base/few_bytes.hpp"
#include "base/utf8.hpp"
#include "integrity/digits.hpp"
#include "integrity/ecmascript_number.hpp"
#include "integrity/json_escape.hpp"

namespace chronicle {
namespace {

//--- strings

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
  *out++ = "0123456789abcdef"[c & 15];
  return out;
}

constexpr std::uint64_t in_each_byte = 0x0101010101010101, high_bits = 0x80 * in_each_byte;

void store_eight(char* out, std::uint64_t eight) noexcept {
  boost::endian::store_little_u64(reinterpret_cast<unsigned char*>(out), eight);
}

// Up to sixteen characters, and perhaps some after the end.
void copy_short(char* out, std::string_view what) noexcept {
  store_eight(out, load_few_bytes(what));
  if (what.size() > step)
    store_eight(out + what.size() - step, load_few_bytes(what.substr(what.size() - step)));
}

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
    store_eight(out, eight);
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

char* document_writer::write_string(char* out, std::string_view what) {
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

char* document_writer::write_plain_name(char* out, std::string_view name) {
  out = make_room(out, open_members::longest_remembered + step);
  *out++ = '"';
  copy_short(out, name);
  out += name.size();
  *out++ = '"';
  return out;
}

char* document_writer::write_any_string(char* out, std::string_view what) {
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

char* document_writer::write_escaped(char* out, std::string_view piece) {
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

//--- numbers and words

template <std::size_t size>
char* document_writer::write_word(char* out, char const (&word)[size]) {
  return std::copy_n(word, size - 1, make_room(out, size));
}

// Without a branch: nobody can predict it.
char* document_writer::write_bool(char* out, bool truth) {
  static constexpr char words[2][9] = {"false,,,", "true,,,,"};
  out = make_room(out, 8);
  std::memcpy(out, words[truth], 8);
  return out + 5 - truth;
}

// What the canonical form does not have.
char* document_writer::write_unhashed(char* out, std::string_view what) {
  hash_up_to(out);
  out = std::copy(what.begin(), what.end(), make_room(out, what.size()));
  hashed_ = out;
  return out;
}

char* document_writer::write_integer(char* out, std::int64_t number) {
  auto const size = static_cast<std::uint64_t>(number);
  if (number >= 0) return write_integer(out, size);
  out = make_room(out, room_for_digits + 1);
  *out++ = '-';
  return write_digits(out, -size);
}

char* document_writer::write_integer(char* out, std::uint64_t number) {
  return write_digits(make_room(out, room_for_digits), number);
}

char* document_writer::write_whole_double(char* out, std::int64_t number, bool negative) {
  bool const stored = form_ == json_form::stored;
  if (stored && number == 0 && negative) out = write_unhashed(out, "-");
  out = write_integer(out, number);
  return stored ? write_unhashed(out, ".0") : out;
}

// The fewest digits that are read back as this double. NaN and the infinities are no JSON: each is told from
// all other values, and the document is not storable.
char* document_writer::write_double(char* out, double number) {
  if (std::abs(number) < 0x1p53) {
    // Neighbouring doubles are at most 1 apart here, so a whole number's shortest digits are all its digits.
    auto const whole = static_cast<std::int64_t>(number);
    if (static_cast<double>(whole) == number) return write_whole_double(out, whole, std::signbit(number));
  } else if (!std::isfinite(number)) {
    storable_ = false;
    if (std::isnan(number)) return write_word(out, "NaN");
    return number < 0 ? write_word(out, "-Infinity") : write_word(out, "Infinity");
  }
  out = write_ecmascript(make_room(out, room_for_double), number);
  // The whole numbers that remain have digits and nothing else up to here.
  bool const looks_whole = std::abs(number) >= 0x1p53 && std::abs(number) < 1e21;
  return looks_whole && form_ == json_form::stored ? write_unhashed(out, ".0") : out;
}

//--- structure

char* document_writer::write(char* out, json::array const& array) {
  if (++depth_ > max_document_depth) storable_ = false;
  out = make_room(out, 2);
  *out++ = '[';
  if (array.empty()) *out++ = ']';
  for (json::value const& element : array) {
    out = write(out, element);
    *out++ = ',';
  }
  if (!array.empty()) out[-1] = ']';
  --depth_;
  return make_room(out, 0);
}

char* document_writer::write(char* out, json::object const& object) {
  if (++depth_ > max_document_depth) storable_ = false;
  out = make_room(out, 2);
  *out++ = '{';
  if (object.empty()) *out++ = '}';
  auto const [first, plain] = members_.push(object);
  for (std::size_t i = first; i < first + object.size(); ++i) {
    json::key_value_pair const& member = members_[i];
    out = plain ? write_plain_name(out, member.key()) : write_string(out, member.key());
    *out++ = ':';
    out = write(out, member.value());
    *out++ = ',';
  }
  members_.pop(first);
  if (!object.empty()) out[-1] = '}';
  --depth_;
  return make_room(out, 0);
}

char* document_writer::write(char* out, json::value const& value) {
  switch (value.kind()) {
    case json::kind::null: return write_word(out, "null");
    case json::kind::bool_: return write_bool(out, value.get_bool());
    case json::kind::int64: return write_integer(out, value.get_int64());
    case json::kind::uint64: return write_integer(out, value.get_uint64());
    case json::kind::double_: return write_double(out, value.get_double());
    case json::kind::string: return write_string(out, value.get_string());
    case json::kind::array: return write(out, value.get_array());
    case json::kind::object: return write(out, value.get_object());
  }
  return out;
}

//--- room

char* document_writer::begin() {
  char* begin = window_.data();
  end_ = begin + window_.size();
  if (text_ != nullptr) {
    std::size_t const used = text_->size();
    text_->resize(std::max(text_->capacity(), used + 64));
    begin = text_->data() + used;
    end_ = text_->data() + text_->size();
  }
  hashed_ = begin;
  return begin;
}

char* document_writer::move_on(char* out, std::size_t size) {
  hash_up_to(out);
  if (text_ == nullptr) {
    out = window_.data();
  } else {
    auto const used = static_cast<std::size_t>(out - text_->data());
    text_->resize(2 * text_->size() + size);
    out = text_->data() + used;
    end_ = text_->data() + text_->size();
  }
  hashed_ = out;
  return out;
}

written_document document_writer::finish(char* out) {
  hash_up_to(out);
  if (text_ != nullptr) text_->resize(static_cast<std::size_t>(out - text_->data()));
  return {hash_.value(), storable_};
}

}  // namespace chronicle
