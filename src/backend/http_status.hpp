// What an HTTP status says about a request by itself, where the dialect of a server has no better word.
#pragma once

#include "chronicle/error.hpp"

namespace chronicle {

/// For a status that is none of the expected ones. Whether a write was carried out it does not say.
error_code describe_status(unsigned status) noexcept;

}  // namespace chronicle
