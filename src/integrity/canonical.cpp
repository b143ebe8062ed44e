#include "integrity/canonical.hpp"

#include <algorithm>
#include <array>
#include <boost/endian/conversion.hpp>
#include <charconv>
#include <cmath>
#include <numeric>
#include <string_view>
#include <vector>

#include "base/few_bytes.hpp"
#include "integrity/ecmascript_number.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_escape.hpp"

namespace chronicle {
namespace {

// Writers take the sink by value and return it: the hash then stays in a register from the first byte to the
// last. FNV-1a cannot begin a byte before the previous one is done, so all other work hides in its shadow,
// except a round trip of its state through memory.

//--- strings

template <class Sink>
Sink write_string(Sink sink, std::string_view text) {
  sink.update('"');
  for (char const c : text) {
    if (needs_escape(c)) [[unlikely]] {
      sink = write_escape(sink, c);
    } else {
      sink.update(c);
    }
  }
  sink.update('"');
  return sink;
}

//--- numbers

template <class Sink, class Integer>
Sink write_integer(Sink sink, Integer number) {
  std::array<char, 24> text;
  auto const end = std::to_chars(text.begin(), text.end(), number).ptr;
  sink.update(std::string_view(text.begin(), end));
  return sink;
}

template <class Sink>
Sink write_double(Sink sink, double number) {
  if (std::abs(number) < 0x1p53) {
    // Neighbouring doubles are at most 1 apart here, so a whole number's shortest digits are all its digits.
    auto const whole = static_cast<std::int64_t>(number);
    if (static_cast<double>(whole) == number) return write_integer(sink, whole);
  } else if (!std::isfinite(number)) {
    sink.update(std::isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity");
    return sink;
  }
  number_buffer buffer;
  sink.update(format_ecmascript(number, buffer));
  return sink;
}

//--- objects

// Orders UTF-8 bytes as their UTF-16 code units are ordered: surrogates (lead bytes F0 to F4) come before
// U+E000 to U+FFFF (lead bytes EE and EF). At the first difference of two well-formed strings that is the
// only place where the two encodings disagree; for others this is still some total order.
constexpr unsigned char utf16_rank(char c) noexcept {
  auto const byte = static_cast<unsigned char>(c);
  if (byte < 0xee) return byte;
  return static_cast<unsigned char>(byte < 0xf0 ? byte + 0x10 : byte - 2);
}

bool utf16_less(std::string_view a, std::string_view b) noexcept {
  auto const [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_b == b.end()) return false;
  return in_a == a.end() || utf16_rank(*in_a) < utf16_rank(*in_b);
}

// The first eight bytes of `text`, padded with zeros: the smaller number is the smaller text in byte order.
std::uint64_t leading_bytes(std::string_view text) noexcept {
  return boost::endian::endian_reverse(load_few_bytes(text));
}

// A member to be sorted, with the beginning of its name as a number that settles most comparisons.
struct sortable_member {
  std::uint64_t prefix;
  json::key_value_pair const* member;

  explicit sortable_member(json::key_value_pair const& m) noexcept
      : prefix(leading_bytes(m.key())), member(&m) {
    if ((prefix & 0x8080808080808080) == 0) return;
    std::uint64_t ranked = 0;
    for (int shift = 0; shift < 64; shift += 8) {
      ranked |= std::uint64_t{utf16_rank(static_cast<char>(prefix >> shift))} << shift;
    }
    prefix = ranked;
  }

  bool operator<(sortable_member const& other) const noexcept {
    if (prefix != other.prefix) return prefix < other.prefix;
    return utf16_less(member->key(), other.member->key());
  }
};

// What each thread keeps from one document to the next.
class scratch_space {
 public:
  // The members of all objects between the root and the value being written, each object's in canonical
  // order.
  std::vector<sortable_member> members;

  // Appends the members of `object` to `members`. Objects with as many members as the last one are mostly of
  // its kind: taken in the order found for that one they need no sorting, which would be the slowest part of
  // all.
  void push_sorted(json::object const& object) {
    auto const base = static_cast<std::ptrdiff_t>(members.size());
    order* const guess = object.size() < orders_.size() ? &orders_[object.size()] : nullptr;
    bool sorted = true;
    for (std::size_t i = 0; i < object.size(); ++i) {
      members.emplace_back(object.begin()[guess != nullptr ? (*guess)[i] : i]);
      sorted = sorted && (i == 0 || *(members.end() - 2) < members.back());
    }
    if (sorted) return;
    auto const added = members.begin() + base;
    std::sort(added, members.end());
    if (guess == nullptr) return;
    std::transform(added, members.end(), guess->begin(), [&](sortable_member const& sorted_member) {
      return static_cast<std::uint8_t>(sorted_member.member - object.begin());
    });
  }

 private:
  using order = std::array<std::uint8_t, 32>;
  static constexpr order as_stored = [] {
    order places{};
    std::iota(places.begin(), places.end(), std::uint8_t{0});
    return places;
  }();
  std::vector<order> orders_ = std::vector<order>(as_stored.size() + 1, as_stored);  // by number of members
};

scratch_space& scratch() {
  thread_local scratch_space space;
  space.members.clear();  // an exception may have left some
  return space;
}

template <class Sink>
Sink write_value(Sink sink, json::value const& value, scratch_space& space);

template <class Sink>
Sink write_array(Sink sink, json::array const& array, scratch_space& space) {
  sink.update('[');
  bool first = true;
  for (json::value const& element : array) {
    if (!first) sink.update(',');
    first = false;
    sink = write_value(sink, element, space);
  }
  sink.update(']');
  return sink;
}

template <class Sink>
Sink write_object(Sink sink, json::object const& object, scratch_space& space) {
  std::size_t const base = space.members.size();
  space.push_sorted(object);
  sink.update('{');
  for (std::size_t i = base; i < base + object.size(); ++i) {
    json::key_value_pair const& member = *space.members[i].member;
    if (i != base) sink.update(',');
    sink = write_string(sink, member.key());
    sink.update(':');
    sink = write_value(sink, member.value(), space);
  }
  sink.update('}');
  space.members.erase(space.members.begin() + static_cast<std::ptrdiff_t>(base), space.members.end());
  return sink;
}

template <class Sink>
Sink write_value(Sink sink, json::value const& value, scratch_space& space) {
  switch (value.kind()) {
    case json::kind::null: sink.update("null"); break;
    case json::kind::bool_: sink.update(value.get_bool() ? "true" : "false"); break;
    case json::kind::int64: return write_integer(sink, value.get_int64());
    case json::kind::uint64: return write_integer(sink, value.get_uint64());
    case json::kind::double_: return write_double(sink, value.get_double());
    case json::kind::string: return write_string(sink, value.get_string());
    case json::kind::array: return write_array(sink, value.get_array(), space);
    case json::kind::object: return write_object(sink, value.get_object(), space);
  }
  return sink;
}

}  // namespace

std::uint64_t canonical_hash(json::value const& document) {
  return write_value(fnv1a64(), document, scratch()).value();
}

std::uint64_t canonical_hash(json::object const& document) {
  return write_object(fnv1a64(), document, scratch()).value();
}

std::string to_canonical_text(json::value const& document) {
  std::string text;
  write_value(text_sink(text), document, scratch());
  return text;
}

}  // namespace chronicle
