// The members of objects in the order of RFC 8785 (section 3.2.3): by the UTF-16 code units of their names.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace chronicle {

namespace json = boost::json;

/// The members of all objects between the root of a document and the value being written, each object's in
/// canonical order. Kept by each thread from one document to the next, with the orders that it has seen.
class open_members {
 public:
  static open_members& of_this_thread();

  /// Adds the members of `object` and returns the place of the first. Objects with as many members as the
  /// last one are mostly of its kind: taken in the order found for that one they need no sorting, which would
  /// be the slowest part of all.
  std::size_t push(json::object const& object);
  /// Removes all from `first` on.
  void pop(std::size_t first) noexcept { used_ = first; }
  json::key_value_pair const& operator[](std::size_t place) const noexcept { return *members_[place].what; }

  /// Objects with more members are sorted each time.
  static constexpr std::size_t most_remembered = 32;

 private:
  // With the beginning of its name as a number that settles most comparisons.
  struct member {
    std::uint64_t prefix = 0;
    json::key_value_pair const* what = nullptr;

    member() = default;
    explicit member(json::key_value_pair const& m) noexcept;
    bool operator<(member const& other) const noexcept;
  };
  using order = std::array<std::uint8_t, most_remembered>;

  open_members();

  std::vector<member> members_;
  std::size_t used_ = 0;
  std::vector<order> orders_;  // by number of members
};

}  // namespace chronicle
