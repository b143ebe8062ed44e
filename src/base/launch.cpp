#include "base/launch.hpp"

#include <boost/system/system_error.hpp>
#include <system_error>

namespace chronicle {

error_code to_error_code(std::exception_ptr const& thrown, logger const& log) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (boost::system::system_error const& e) {
    return e.code();
  } catch (std::system_error const& e) {
    return e.code();
  } catch (std::exception const& e) {
    log.write(log_level::error, "unexpected_exception", {{"what", e.what()}});
  } catch (...) {
    log.write(log_level::error, "unexpected_exception", {{"what", "of a type unknown here"}});
  }
  return make_error_code(errc::internal_error);
}

}  // namespace chronicle
