// The members of objects in the order of RFC 8785 (section 3.2.3): by the UTF-16 code units of their names.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace chronicle {

namespace json = boost::json;

/// The members of all objects between the root of a document and the value being written, each object's in
/// canonical order. Each thread keeps one from one document to the next, with the kinds of objects that it
/// has seen: most have the names of an earlier one, in the same order, and to see that is quicker than to
/// sort them.
class open_members {
 public:
  static open_members& of_this_thread();

  /// A name up to sixteen bytes long: its first eight and its last eight, as numbers.
  struct short_name {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::size_t size = 0;

    short_name() = default;
    explicit short_name(std::string_view name) noexcept;
    bool is(std::string_view name) const noexcept;
  };
  struct open_member {
    json::key_value_pair const* what = nullptr;
    short_name name{};  ///< if all are plain
  };
  struct range {
    std::size_t first;  ///< place of the first one
    bool plain;         ///< no name is longer than `longest_remembered`, needs an escape or is not ASCII
  };
  /// Adds the members of `object`.
  range push(json::object const& object);
  /// Removes all from `first` on.
  void pop(std::size_t first) noexcept { used_ = first; }
  /// Stays where it is until the next `push`.
  open_member const& operator[](std::size_t place) const noexcept { return members_[place]; }

  /// Names that are longer are sorted each time, and objects that have more members.
  static constexpr std::size_t longest_remembered = 16, most_remembered = 32;

 private:
  struct remembered_member {
    short_name name;
    std::size_t place = 0;  // in the object as stored
  };
  // In canonical order.
  struct remembered_object {
    std::vector<remembered_member> members;
    bool plain = false;
  };
  // For sorting, with the beginning of the name as a number that settles most comparisons.
  struct sortable_member {
    std::uint64_t prefix;
    json::key_value_pair const* what;

    explicit sortable_member(json::key_value_pair const& m) noexcept;
    bool operator<(sortable_member const& other) const noexcept;
  };

  open_members() = default;
  static std::size_t kind_of(json::object const& object) noexcept;
  bool push_remembered(json::object const& object, remembered_object const& as, std::size_t first) noexcept;
  void push_sorted(json::object const& object, std::size_t first);
  void remember(json::object const& object, std::size_t first, remembered_object& as);

  std::vector<open_member> members_;
  std::size_t used_ = 0;
  std::vector<sortable_member> sorting_;
  std::array<remembered_object, 64> kinds_;
};

}  // namespace chronicle
