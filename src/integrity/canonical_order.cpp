#include "integrity/canonical_order.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include "base/few_bytes.hpp"

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

constexpr auto as_stored = [] {
  std::array<std::uint8_t, open_members::most_remembered> places{};
  std::iota(places.begin(), places.end(), std::uint8_t{0});
  return places;
}();

}  // namespace

open_members::member::member(json::key_value_pair const& m) noexcept
    : prefix(leading_bytes(m.key())), what(&m) {
  if ((prefix & 0x8080808080808080) != 0) [[unlikely]]
    prefix = ranked(prefix);
}

bool open_members::member::operator<(member const& other) const noexcept {
  if (prefix != other.prefix) return prefix < other.prefix;
  return utf16_less(what->key(), other.what->key());
}

open_members::open_members() : orders_(most_remembered + 1, as_stored) {}

std::size_t open_members::push(json::object const& object) {
  std::size_t const first = std::exchange(used_, used_ + object.size());
  if (members_.size() < used_) members_.resize(2 * used_);
  std::span const added(&members_[first], object.size());
  order* const guess = object.size() < orders_.size() ? &orders_[object.size()] : nullptr;
  bool sorted = true;
  for (std::size_t i = 0; i < added.size(); ++i) {
    added[i] = member(object.begin()[guess != nullptr ? (*guess)[i] : i]);
    sorted = sorted && (i == 0 || added[i - 1] < added[i]);
  }
  if (sorted) return first;
  std::sort(added.begin(), added.end());
  if (guess == nullptr) return first;
  for (std::size_t i = 0; i < added.size(); ++i)
    (*guess)[i] = static_cast<std::uint8_t>(added[i].what - object.begin());
  return first;
}

open_members& open_members::of_this_thread() {
  thread_local open_members all;
  all.pop(0);  // an exception may have left some
  return all;
}

}  // namespace chronicle
