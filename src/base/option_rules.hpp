// How options are judged: the first broken rule becomes a sentence that names the option and what it must be.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace chronicle {

struct option_rule {
  bool holds;
  std::string_view option;
  std::string_view must_be;
};

/// "<option>: must be <rule>" for the first rule that does not hold; empty when all hold.
inline std::string first_broken(std::initializer_list<option_rule> rules) {
  for (option_rule const& rule : rules)
    if (!rule.holds) return std::string(rule.option) + ": must be " + std::string(rule.must_be);
  return {};
}

/// Gives back `options`, or throws std::invalid_argument with what `find_problem` says about them. Wrong
/// options are programming errors, found where they are given and not at the first request.
template <class Options>
Options const& checked(Options const& options) {
  if (std::string const problem = find_problem(options); !problem.empty())
    throw std::invalid_argument(problem);
  return options;
}

}  // namespace chronicle
