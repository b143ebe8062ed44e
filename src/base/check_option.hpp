// How options are refused: an exception that names the option and what it must be.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace chronicle {

/// Throws std::invalid_argument "<option> must be <rule>" unless `holds`. Wrong options are programming
/// errors, found where they are given and not at the first request.
inline void check_option(bool holds, std::string_view option, std::string_view rule) {
  if (!holds) throw std::invalid_argument(std::string(option) + " must be " + std::string(rule));
}

}  // namespace chronicle
