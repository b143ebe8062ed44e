// The escapes of JSON strings, as few as RFC 8785 (section 3.2.2.2) allows: what the canonical form and the
// stored text have in common.
#pragma once

#include <string>
#include <string_view>

namespace chronicle {

constexpr bool needs_escape(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// Writes the escape of `c`, which needs one. Sinks are passed on by value, see canonical.cpp.
template <class Sink>
Sink write_escape(Sink sink, char c) {
  sink.update('\\');
  switch (c) {
    case '"':
    case '\\': sink.update(c); break;
    case '\b': sink.update('b'); break;
    case '\t': sink.update('t'); break;
    case '\n': sink.update('n'); break;
    case '\f': sink.update('f'); break;
    case '\r': sink.update('r'); break;
    default: sink.update(c < 0x10 ? "u000" : "u001"); sink.update("0123456789abcdef"[c & 15]);
  }
  return sink;
}

/// Writes into a string.
class text_sink {
 public:
  explicit text_sink(std::string& text) : text_(&text) {}
  void update(char c) { text_->push_back(c); }
  void update(std::string_view text) { text_->append(text); }

 private:
  std::string* text_;
};

}  // namespace chronicle
