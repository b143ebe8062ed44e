// The members of objects in the order of RFC 8785 (section 3.2.3): by the UTF-16 code units of their names.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace chronicle {

namespace json = boost::json;

/// How to write the objects of a kind: all that have these names, stored in the same order. Most objects are
/// of a kind that was seen before, and to see that is quicker than to sort their members.
class object_kind {
 public:
  struct member {
    std::uint64_t first = 0;  ///< bytes of the name, as a number
    std::uint64_t last = 0;
    std::uint32_t size = 0;       ///< of the name
    std::uint32_t place = 0;      ///< in the object as stored
    std::array<char, 24> text{};  ///< the name as it is written: in quotes, and a colon

    member() = default;
    member(std::string_view name, std::size_t at) noexcept;
    bool has_name(std::string_view other) const noexcept;
    std::size_t text_size() const noexcept { return size + 3; }
  };

  /// Objects that have more members are of no kind, nor those with a longer name or one that is not written
  /// as it is.
  static constexpr std::size_t longest_name = 16, most_members = 32;

  /// In canonical order.
  std::vector<member> const& members() const noexcept { return members_; }
  bool has(json::object const& object) const noexcept;

  /// Whoever goes through the members while others may be learned.
  class use {
   public:
    explicit use(object_kind& kind) noexcept : kind_(kind) { ++kind_.uses_; }
    ~use() { --kind_.uses_; }
    use(use const&) = delete;
    use& operator=(use const&) = delete;

   private:
    object_kind& kind_;
  };

  /// Becomes the kind of `object`, whose members are `sorted`, if it may be.
  void learn(json::object const& object, std::span<json::key_value_pair const* const> sorted);

 private:
  std::vector<member> members_;
  unsigned uses_ = 0;
};

/// The members of all objects between the root of a document and the value being written that are of no known
/// kind, each object's in canonical order; and the kinds. Each thread keeps one from one document to the
/// next.
class open_members {
 public:
  static open_members& of_this_thread();

  /// The kind of an object that has members, if it is known.
  object_kind* recall(json::object const& object) noexcept {
    object_kind& kind = kinds_[place_of(object)];
    return kind.has(object) ? &kind : nullptr;
  }

  /// Adds the members of `object`, which has some, and learns its kind. Returns the place of the first.
  std::size_t push(json::object const& object);
  /// Removes all from `first` on.
  void pop(std::size_t first) noexcept { members_.resize(first); }
  json::key_value_pair const& operator[](std::size_t place) const noexcept { return *members_[place]; }

 private:
  // For sorting, with the beginning of the name as a number that settles most comparisons.
  struct sortable_member {
    std::uint64_t prefix;
    json::key_value_pair const* what;

    explicit sortable_member(json::key_value_pair const& m) noexcept;
    bool operator<(sortable_member const& other) const noexcept;
  };

  open_members() = default;
  static std::size_t place_of(json::object const& object) noexcept;

  std::vector<json::key_value_pair const*> members_;
  std::vector<sortable_member> sorting_;
  std::array<object_kind, 64> kinds_;
};

}  // namespace chronicle
