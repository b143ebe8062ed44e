#include "base/utf8.hpp"
#include "chronicle/backend.hpp"

namespace chronicle {

error_code check_key(std::string_view key, std::size_t max_bytes) noexcept {
  bool const good = !key.empty() && key.size() <= max_bytes && key.find('\0') == std::string_view::npos &&
                    is_valid_utf8(key);
  return good ? error_code{} : make_error_code(errc::invalid_key);
}

}  // namespace chronicle
