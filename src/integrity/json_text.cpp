#include "integrity/json_text.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>

#include "integrity/document_writer.hpp"

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
  document_writer(text, json_form::stored).write(document);
  return text;
}

written_document append_json_text(std::string& text, json::object const& document) {
  return document_writer(text, json_form::stored).write(document);
}

}  // namespace chronicle
