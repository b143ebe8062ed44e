#include "integrity/document_writer.hpp"

#include <cmath>
#include <cstring>

#include "integrity/ecmascript_number.hpp"

namespace chronicle {

//--- names, numbers and words

// Without a branch: nobody can predict it.
char* document_writer::write_bool(char* out, bool truth) {
  static constexpr char words[2][9] = {"false,,,", "true,,,,"};
  out = make_room(out, 8);
  std::memcpy(out, words[truth], 8);
  return out + 5 - truth;
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

// Inline, so that arrays and objects each have a switch of their own: processors guess better then.
inline char* document_writer::write(char* out, json::value const& value) {
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
  if (object.empty()) {
    *out++ = '}';
  } else if (object_kind* const kind = members_.recall(object)) {
    out = write_known(out, object, *kind);
  } else {
    out = write_sorted(out, object);
  }
  --depth_;
  return make_room(out, 0);
}

inline char* document_writer::write_known(char* out, json::object const& object, object_kind& kind) {
  object_kind::use const in_use(kind);
  json::key_value_pair const* const stored = object.begin();
  for (object_kind::member const& member : kind.members()) {
    out = make_room(out, member.text.size() + 8);
    std::memcpy(out, member.text.data(), member.text.size());  // perhaps some more after the end
    out = write(out + member.text_size(), stored[member.place].value());
    *out++ = ',';
  }
  out[-1] = '}';
  return out;
}

char* document_writer::write_sorted(char* out, json::object const& object) {
  std::size_t const first = members_.push(object);
  for (std::size_t i = first; i < first + object.size(); ++i) {
    json::key_value_pair const& member = members_[i];
    out = write_string(out, member.key());
    *out++ = ':';
    out = write(out, member.value());
    *out++ = ',';
  }
  members_.pop(first);
  out[-1] = '}';
  return out;
}

template <class Document>
written_document document_writer::write(Document const& document) {
  char* out = begin();
  out = write(out, document);
  return finish(out);
}
template written_document document_writer::write(json::value const&);
template written_document document_writer::write(json::object const&);

}  // namespace chronicle
