// Names a place in a JSON document, as `$.Stats.Kills[3]` or `$["odd name"]`, for messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chronicle {

/// A chain from a place up to the root, made while walking down. It points to its parents and to the names in
/// the document, so it lives on the stack of the walk and costs nothing until the text is asked for.
class json_path {
 public:
  json_path() = default;  ///< the root, `$`
  json_path member(std::string_view name) const { return json_path(this, name, no_index); }
  json_path element(std::size_t index) const { return json_path(this, {}, index); }

  /// Names that are not plain words are quoted, escaped and cut (quoted.hpp).
  std::string text() const;

 private:
  static constexpr std::size_t no_index = static_cast<std::size_t>(-1);
  json_path(json_path const* parent, std::string_view name, std::size_t index)
      : parent_(parent), name_(name), index_(index) {}

  json_path const* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = no_index;
};

}  // namespace chronicle
