// Doubles as ECMAScript prints them, which is what the canonical form of JSON asks for.
#pragma once

#include <cstddef>

namespace chronicle {

/// How much room `write_ecmascript` needs: at most a sign, "0.00000" and 17 digits are written, but it may
/// scribble behind them.
inline constexpr std::size_t room_for_double = 40;

/// Number::toString of ECMA-262 (section 6.1.6.1.20, radix 10) for a finite `number` other than zero: the
/// shortest digits that read back as it, as in 100, 0.001, 1e+21 or 1e-7. Returns where it has ended.
char* write_ecmascript(char* out, double number) noexcept;

}  // namespace chronicle
