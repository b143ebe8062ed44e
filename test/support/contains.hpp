// Whether a text that was said has something in it.
#pragma once

#include <string_view>

namespace chronicle::test {

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace chronicle::test
