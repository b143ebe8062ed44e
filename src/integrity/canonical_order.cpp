#include "integrity/canonical_order.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <string_view>
#include <utility>

#include "base/few_bytes.hpp"
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

// Whether it is ASCII that JSON has as it is.
bool is_plain(std::string_view name) noexcept {
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return needs_escape(c) || static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

open_members::short_name::short_name(std::string_view name) noexcept
    : first(load_few_bytes(name)),
      last(name.size() < 8 ? first : load_few_bytes(name.substr(name.size() - 8))),
      size(name.size()) {}

inline bool open_members::short_name::is(std::string_view name) const noexcept {
  if (name.size() != size || load_few_bytes(name) != first) return false;
  return size <= 8 || load_few_bytes(name.substr(size - 8)) == last;
}

open_members::sortable_member::sortable_member(json::key_value_pair const& m) noexcept
    : prefix(leading_bytes(m.key())), what(&m) {
  if ((prefix & 0x8080808080808080) != 0) prefix = ranked(prefix);
}

bool open_members::sortable_member::operator<(sortable_member const& other) const noexcept {
  if (prefix != other.prefix) return prefix < other.prefix;
  return utf16_less(what->key(), other.what->key());
}

open_members::range open_members::push(json::object const& object) {
  std::size_t const first = std::exchange(used_, used_ + object.size());
  if (members_.size() < used_) members_.resize(2 * used_);
  if (object.empty() || object.size() > most_remembered) {
    push_sorted(object, first);
    return {first, false};
  }
  remembered_object& as = kinds_[kind_of(object)];
  if (!push_remembered(object, as, first)) {
    push_sorted(object, first);
    remember(object, first, as);
  }
  return {first, as.plain};
}

// Objects of one kind have the same number of members and the same name first.
std::size_t open_members::kind_of(json::object const& object) noexcept {
  std::uint64_t const mixed = (load_few_bytes(object.begin()->key()) + object.size()) * 0x9e3779b97f4a7c15;
  return mixed >> 58;
}

bool open_members::push_remembered(json::object const& object, remembered_object const& as,
                                   std::size_t first) noexcept {
  if (as.members.size() != object.size()) return false;
  open_member* to = &members_[first];
  for (remembered_member const& expected : as.members) {
    json::key_value_pair const& found = object.begin()[expected.place];
    if (!expected.name.is(found.key())) return false;
    *to++ = {&found, expected.name};
  }
  return true;
}

void open_members::push_sorted(json::object const& object, std::size_t first) {
  sorting_.clear();
  for (json::key_value_pair const& member : object) sorting_.emplace_back(member);
  std::sort(sorting_.begin(), sorting_.end());
  for (sortable_member const& member : sorting_) members_[first++].what = member.what;
}

void open_members::remember(json::object const& object, std::size_t first, remembered_object& as) {
  as.members.reserve(object.size());  // from here on nothing throws
  as.members.clear();
  as.plain = true;
  for (std::size_t i = 0; i < object.size(); ++i) {
    open_member& one = members_[first + i];
    std::string_view const name = one.what->key();
    as.plain = as.plain && is_plain(name);
    if (name.size() > longest_remembered) {
      as.members.clear();
      as.plain = false;
      return;
    }
    one.name = short_name(name);
    auto& remembered = as.members.emplace_back();
    remembered.name = one.name;
    remembered.place = static_cast<std::size_t>(one.what - object.begin());
  }
}

open_members& open_members::of_this_thread() {
  thread_local open_members all;
  all.pop(0);  // an exception may have left some
  return all;
}

}  // namespace chronicle
