// What every backend has to do. A new engine is a file of its own and a line in the list of engines.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "world.hpp"

namespace chronicle::conformance {

/// A backend with an empty store, made anew for every case.
class backend_world {
 public:
  virtual ~backend_world() = default;
  virtual loop& events() = 0;
  virtual backend& store() = 0;

  std::optional<entry> get(std::string key);  ///< fails the test on an error
  put_result put(std::string key, std::string value, std::optional<version> expected = std::nullopt,
                 std::string write_id = "");
  put_result erase(std::string key, version expected);
  /// The version made by a write that has to succeed.
  version must_put(std::string key, std::string value, std::optional<version> expected = std::nullopt,
                   std::string write_id = "");
  version must_erase(std::string key, version expected);
};

/// Adds one to the number at `key`, `times` times, against all others who do the same. Returns how many
/// conflicts that took, or -1 for anything but success or conflict.
asio::awaitable<int> count_up(backend& store, std::string key, int times);

struct backend_case {
  char const* name;
  void (*run)(backend_world&);
};
std::ostream& operator<<(std::ostream& out, backend_case const& c);

std::vector<backend_case> const& backend_cases();

}  // namespace chronicle::conformance
