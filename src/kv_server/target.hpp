// What the target of a request names: which resource, with which parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "kv_server/http_message.hpp"

namespace chronicle::kv {

enum class resource { key_list, record, version_list, topic, health, metrics };

/// A target that names something we have.
struct route {
  resource what = resource::health;
  std::string space;  ///< of `key_list`, `record` and `version_list`
  std::string name;   ///< the key, or the topic
  std::vector<std::pair<std::string, std::string>> parameters;

  route() = default;
  std::optional<std::string_view> find(std::string_view parameter) const;
};

/// Where a target leads, or the answer that says why nowhere: 400 for what is malformed, 404 for what we do
/// not have.
std::variant<route, response> parse_target(std::string_view target, std::size_t max_name_bytes);

/// What a request may ask for: storage keeps 63 bits of a revision.
inline constexpr std::uint64_t largest_revision = std::numeric_limits<std::int64_t>::max();

/// A decimal number without sign, from `least` to `most`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most);

}  // namespace chronicle::kv
