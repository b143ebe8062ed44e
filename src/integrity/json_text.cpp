#include "integrity/json_text.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "base/few_bytes.hpp"
#include "base/utf8.hpp"
#include "integrity/ecmascript_number.hpp"
#include "integrity/json_escape.hpp"

namespace chronicle {
namespace {

using json_error = boost::json::error_code;
using text_view = json::string_view;

// The nearest double to a number in JSON's grammar, or nothing beyond the largest. `rounded` is the parser's
// own reading, good enough to tell which end of the range the number fell off.
std::optional<double> exact_double(text_view text, double rounded) noexcept {
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    value = std::abs(rounded) < 1 ? std::copysign(0.0, rounded) : std::numeric_limits<double>::infinity();
  }
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

// Builds the document on a stack as Boost.JSON's own parser does, so that every array, object and string is
// allocated once, at its final size. The text comes in one piece, so numbers are never split and their parts
// can be ignored.
struct exact_handler {
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  json::value_stack stack;

  exact_handler(unsigned char* buffer, std::size_t size) : stack(json::storage_ptr(), buffer, size) {
    stack.reset();
  }

  bool on_document_begin(json_error&) { return true; }
  bool on_document_end(json_error&) { return true; }
  bool on_object_begin(json_error&) { return true; }
  bool on_object_end(std::size_t members, json_error&) { return stack.push_object(members), true; }
  bool on_array_begin(json_error&) { return true; }
  bool on_array_end(std::size_t elements, json_error&) { return stack.push_array(elements), true; }
  bool on_key_part(text_view text, std::size_t, json_error&) { return stack.push_chars(text), true; }
  bool on_key(text_view text, std::size_t, json_error&) { return stack.push_key(text), true; }
  bool on_string_part(text_view text, std::size_t, json_error&) { return stack.push_chars(text), true; }
  bool on_string(text_view text, std::size_t, json_error&) { return stack.push_string(text), true; }
  bool on_number_part(text_view, json_error&) { return true; }
  bool on_int64(std::int64_t number, text_view, json_error&) { return stack.push_int64(number), true; }
  bool on_uint64(std::uint64_t number, text_view, json_error&) { return stack.push_uint64(number), true; }
  bool on_double(double rounded, text_view text, json_error& error) {
    auto const number = exact_double(text, rounded);
    if (!number) {
      error = json::error::exponent_overflow;
      return false;
    }
    stack.push_double(*number);
    return true;
  }
  bool on_bool(bool truth, json_error&) { return stack.push_bool(truth), true; }
  bool on_null(json_error&) { return stack.push_null(), true; }
  bool on_comment_part(text_view, json_error&) { return true; }
  bool on_comment(text_view, json_error&) { return true; }
};

//--- writing

// Whether none of eight characters needs an escape; may say no where it is so. Each of the three tests leaves
// the high bit in bytes that are below 0x20, a quote or a backslash (Hacker's Delight, section 6-1).
bool is_plain(std::uint64_t eight) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x80 * ones;
  std::uint64_t const quote = eight ^ ('"' * ones), backslash = eight ^ ('\\' * ones);
  std::uint64_t const found =
      ((eight - 0x20 * ones) & ~eight) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
  return (found & highs) == 0;
}

// Appends to a string whose size is ahead of what has been written: a document is many small pieces. Each
// function takes where to write and returns where it has ended.
class text_writer {
 public:
  explicit text_writer(std::string& text) : text_(text) {}

  // True when check_storable would find nothing.
  template <class Document>
  bool append(Document const& document) {
    std::size_t const used = text_.size();
    text_.resize(std::max(text_.capacity(), used + 64));
    end_ = text_.data() + text_.size();
    char const* const end = write(text_.data() + used, document);
    text_.resize(static_cast<std::size_t>(end - text_.data()));
    return storable_;
  }

 private:
  char* write(char* out, json::value const& value);
  char* write(char* out, json::array const& array);
  char* write(char* out, json::object const& object);
  char* write_double(char* out, double number);
  char* write_string(char* out, std::string_view what);
  char* write_with_escapes(char* out, std::string_view what);
  template <class Integer>
  char* write_integer(char* out, Integer number) {
    constexpr std::size_t most = 24;
    out = make_room(out, most);
    return std::to_chars(out, out + most, number).ptr;
  }
  char* write_plain(char* out, std::string_view few) {
    return std::copy(few.begin(), few.end(), make_room(out, few.size()));
  }

  // Where to write when the next `size` characters are to fit, and one more.
  char* make_room(char* out, std::size_t size) {
    return static_cast<std::size_t>(end_ - out) > size ? out : grow(out, size);
  }
  char* grow(char* out, std::size_t size) {
    auto const used = static_cast<std::size_t>(out - text_.data());
    text_.resize(2 * text_.size() + size);
    end_ = text_.data() + text_.size();
    return text_.data() + used;
  }

  std::string& text_;
  char const* end_ = nullptr;
  std::size_t depth_ = 0;
  bool storable_ = true;
};

char* text_writer::write_string(char* out, std::string_view what) {
  constexpr std::size_t step = 8;
  out = make_room(out, what.size() + 2 + step);
  *out++ = '"';
  std::string_view const whole = what;
  std::uint64_t seen = 0;
  while (!what.empty()) {
    auto const size = std::min(what.size(), step);
    auto const eight = load_few_bytes(what);
    auto const padding = size < step ? std::uint64_t{0x6161616161616161} << (8 * size) : 0;
    if (!is_plain(eight | padding)) break;
    seen |= eight;
    boost::endian::store_little_u64(reinterpret_cast<unsigned char*>(out), eight);
    out += size;
    what.remove_prefix(size);
  }
  bool const ascii = what.empty() && (seen & 0x8080808080808080) == 0;
  if (!ascii && !is_valid_utf8(whole)) storable_ = false;
  if (!what.empty()) return write_with_escapes(out, what);
  *out++ = '"';
  return out;
}

// The rest of a string.
char* text_writer::write_with_escapes(char* out, std::string_view what) {
  std::string escaped;
  for (char const c : what) {
    if (needs_escape(c)) {
      write_escape(text_sink(escaped), c);
    } else {
      escaped += c;
    }
  }
  return write_plain(out, escaped + '"');
}

// The fewest digits that are read back as this double, and as a double: 1 is written 1.0. What check_storable
// refuses becomes null.
char* text_writer::write_double(char* out, double number) {
  storable_ = storable_ && std::isfinite(number);
  if (number == 0 || !std::isfinite(number))
    return write_plain(out, number != 0 ? "null" : std::signbit(number) ? "-0.0" : "0.0");
  number_buffer buffer;
  auto const digits = format_ecmascript(number, buffer);
  out = write_plain(out, digits);
  return digits.find_first_of(".e") == digits.npos ? write_plain(out, ".0") : out;
}

char* text_writer::write(char* out, json::array const& array) {
  if (++depth_ > max_document_depth) storable_ = false;
  *out++ = '[';
  for (json::value const& element : array) {
    out = make_room(write(out, element), 1);
    *out++ = ',';
  }
  if (!array.empty()) --out;
  out = make_room(out, 1);
  *out++ = ']';
  --depth_;
  return out;
}

char* text_writer::write(char* out, json::object const& object) {
  if (++depth_ > max_document_depth) storable_ = false;
  *out++ = '{';
  for (json::key_value_pair const& member : object) {
    out = make_room(write_string(out, member.key()), 1);
    *out++ = ':';
    out = make_room(write(out, member.value()), 1);
    *out++ = ',';
  }
  if (!object.empty()) --out;
  out = make_room(out, 1);
  *out++ = '}';
  --depth_;
  return out;
}

char* text_writer::write(char* out, json::value const& value) {
  out = make_room(out, 1);
  switch (value.kind()) {
    case json::kind::null: return write_plain(out, "null");
    case json::kind::bool_: return write_plain(out, value.get_bool() ? "true" : "false");
    case json::kind::int64: return write_integer(out, value.get_int64());
    case json::kind::uint64: return write_integer(out, value.get_uint64());
    case json::kind::double_: return write_double(out, value.get_double());
    case json::kind::string: return write_string(out, value.get_string());
    case json::kind::array: return write(out, value.get_array());
    case json::kind::object: return write(out, value.get_object());
  }
  return out;
}

}  // namespace

result<json::value> parse_json(std::string_view text, parse_limits limits, parse_problem* problem) {
  alignas(json::value) unsigned char buffer[4096];  // small documents need no other temporary storage
  json::parse_options options;
  options.max_depth = limits.max_depth;
  json::basic_parser<exact_handler> parser(options, buffer, sizeof buffer);

  json_error error;
  std::size_t const read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (!error) return parser.handler().stack.release();
  if (problem != nullptr) *problem = {read, error.message()};
  return make_error_code(errc::invalid_json);
}

std::string to_json_text(json::value const& document) {
  std::string text;
  text_writer(text).append(document);
  return text;
}

bool append_json_text(std::string& text, json::object const& document) {
  return text_writer(text).append(document);
}

}  // namespace chronicle
