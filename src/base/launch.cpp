#include "base/launch.hpp"

#include <boost/system/system_error.hpp>

namespace chronicle {

error_code to_error_code(std::exception_ptr const& thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (boost::system::system_error const& e) {
    return e.code();
  } catch (...) {
    return make_error_code(errc::internal_error);
  }
}

}  // namespace chronicle
