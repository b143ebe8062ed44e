// Reads the members of an object one by one and names the first that is not as it should be, by path. What
// nobody asked for is what this version does not know.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chronicle/time_source.hpp"
#include "record/codec.hpp"

namespace chronicle::record {

/// After the first failure every read returns an empty value; look at `failed` once, at the end. Reads leave
/// the object as it is, except that `object` moves its member out.
class member_reader {
 public:
  member_reader(std::string path, json::object& from, std::optional<problem>& failure)
      : path_(std::move(path)), from_(&from), failure_(&failure) {}

  std::string text(std::string_view name);
  std::string optional_text(std::string_view name);
  std::string hash(std::string_view name);           ///< 16 lower-case hexadecimal digits
  std::string optional_hash(std::string_view name);  ///< the same, or empty, or missing
  std::uint64_t whole_number(std::string_view name, std::uint64_t low,
                             std::uint64_t high = std::numeric_limits<std::uint64_t>::max());
  wall_time_point time(std::string_view name);
  json::object object(std::string_view name);
  member_reader child(std::string_view name);                  ///< of a member that is an object
  std::vector<member_reader> children(std::string_view name);  ///< of a member that is an array of objects

  /// Copies of the members that were not asked for.
  json::object rest() const;

  bool failed() const noexcept { return failure_->has_value(); }
  void fail(std::string_view name, std::string what, problem_kind kind = problem_kind::malformed);

 private:
  json::value* find(std::string_view name, bool required);
  void fail_type(std::string_view name, std::string_view expected, json::value const& got);
  member_reader reader_of(std::string const& name, json::value* value);

  std::string path_;
  json::object* from_;
  std::optional<problem>* failure_;
  std::vector<std::string_view> asked_;
};

}  // namespace chronicle::record
