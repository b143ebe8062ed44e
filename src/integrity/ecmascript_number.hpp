// Doubles as ECMAScript prints them, which is what the canonical form of JSON asks for.
#pragma once

#include <array>
#include <string_view>

namespace chronicle {

/// Room for any double: at most a sign, "0.00000" and 17 digits.
using number_buffer = std::array<char, 48>;

/// Number::toString of ECMA-262 (section 6.1.6.1.20, radix 10) for a finite `number` other than zero: the
/// shortest digits that read back as it, as in 100, 0.001, 1e+21 or 1e-7. The result points into `buffer`.
std::string_view format_ecmascript(double number, number_buffer& buffer) noexcept;

}  // namespace chronicle
