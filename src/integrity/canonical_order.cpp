#include "integrity/canonical_order.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <string_view>

#include "base/few_bytes.hpp"
#include "base/utf8.hpp"
#include "integrity/json_escape.hpp"

namespace chronicle {
namespace {

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

std::uint64_t ranked(std::uint64_t leading) noexcept {
  std::uint64_t ranks = 0;
  for (int shift = 0; shift < 64; shift += 8)
    ranks |= std::uint64_t{utf16_rank(static_cast<char>(leading >> shift))} << shift;
  return ranks;
}

}  // namespace

//--- kinds of objects

object_kind::member::member(std::string_view name, std::size_t at) noexcept
    : first(load_few_bytes(name)),
      last(name.size() < 8 ? first : load_few_bytes(name.substr(name.size() - 8))),
      size(static_cast<std::uint32_t>(name.size())),
      place(static_cast<std::uint32_t>(at)) {
  char* out = text.data();
  *out++ = '"';
  out = std::copy(name.begin(), name.end(), out);
  *out++ = '"';
  *out = ':';
}

inline bool object_kind::member::has_name(std::string_view other) const noexcept {
  if (other.size() != size || load_few_bytes(other) != first) return false;
  return size <= 8 || load_few_bytes(other.substr(size - 8)) == last;
}

bool object_kind::has(json::object const& object) const noexcept {
  if (object.size() != members_.size()) return false;
  json::key_value_pair const* const found = object.begin();
  for (member const& expected : members_) {
    if (!expected.has_name(found[expected.place].key())) return false;
  }
  return true;
}

void object_kind::learn(json::object const& object, std::span<json::key_value_pair const* const> sorted) {
  if (uses_ > 0 || sorted.size() > most_members) return;
  members_.clear();
  bool const writable = std::all_of(sorted.begin(), sorted.end(), [](auto const* one) {
    std::string_view const name = one->key();
    return name.size() <= longest_name && std::none_of(name.begin(), name.end(), needs_escape) &&
           is_valid_utf8(name);
  });
  if (!writable) return;
  members_.reserve(sorted.size());  // from here on nothing throws
  for (auto const* one : sorted)
    members_.emplace_back(one->key(), static_cast<std::size_t>(one - object.begin()));
}

//--- objects of no kind

open_members::sortable_member::sortable_member(json::key_value_pair const& m) noexcept
    : prefix(leading_bytes(m.key())), what(&m) {
  if ((prefix & 0x8080808080808080) != 0) prefix = ranked(prefix);
}

bool open_members::sortable_member::operator<(sortable_member const& other) const noexcept {
  if (prefix != other.prefix) return prefix < other.prefix;
  return utf16_less(what->key(), other.what->key());
}

// Objects of one kind have the same number of members and the same name first.
std::size_t open_members::place_of(json::object const& object) noexcept {
  std::uint64_t const mixed = (load_few_bytes(object.begin()->key()) + object.size()) * 0x9e3779b97f4a7c15;
  return mixed >> 58;
}

std::size_t open_members::push(json::object const& object) {
  sorting_.clear();
  for (json::key_value_pair const& member : object) sorting_.emplace_back(member);
  std::sort(sorting_.begin(), sorting_.end());
  std::size_t const first = members_.size();
  for (sortable_member const& member : sorting_) members_.push_back(member.what);
  kinds_[place_of(object)].learn(object, std::span(members_).subspan(first));
  return first;
}

open_members& open_members::of_this_thread() {
  thread_local open_members all;
  all.pop(0);  // an exception may have left some
  return all;
}

}  // namespace chronicle
