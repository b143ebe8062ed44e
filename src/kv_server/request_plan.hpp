// Decides from the head of a request what is to be done, or refuses it before its body is read. No I/O.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "kv_server/conditions.hpp"
#include "kv_server/http_message.hpp"
#include "kv_server/storage.hpp"
#include "kv_server/target.hpp"

namespace chronicle::kv {

struct read_action {
  read_query query;
  std::optional<entity_tags> if_match;
  std::optional<entity_tags> if_none_match;
  std::chrono::seconds wait{0};  ///< for a change, while `if_none_match` matches

  read_action() = default;
};

/// PUT and DELETE.
struct write_action {
  write_command command;
  std::optional<std::string> claimed_digest;  ///< what Content-Digest says the body has

  write_action() = default;
};

struct publish_action {
  std::string topic;
  std::string message;
  std::optional<std::string> claimed_digest;

  publish_action() = default;
};

struct subscribe_action {
  std::string topic;
  std::optional<std::string> last_event_id;

  subscribe_action() = default;
};

struct health_action {};
struct metrics_action {};

/// What is done and then answered.
using task = std::variant<read_action, write_action, list_query, versions_query, publish_action,
                          health_action, metrics_action>;

/// A refusal, an event stream without end, or a task.
using action = std::variant<response, subscribe_action, task>;

struct plan_options {
  std::string token;  ///< empty: everybody may do everything
  std::size_t max_name_bytes = 512;
  std::size_t max_value_bytes = 4 * 1024 * 1024;
  std::size_t max_message_bytes = 64 * 1024;
  std::chrono::seconds max_wait{60};

  plan_options() = default;
};

class request_planner {
 public:
  explicit request_planner(plan_options options) : options_(std::move(options)) {}

  /// What `head` asks for, its body aside.
  action plan(request const& head) const;
  /// How many bytes the body may have.
  std::size_t max_body(task const& planned) const;
  /// Completes `planned` by the body. An answer if that refuses it.
  std::optional<response> take_body(task& planned, std::string body) const;

 private:
  action plan_record(request const& head, route& target) const;
  action plan_write(request const& head, route& target) const;
  action plan_read(request const& head, route& target) const;
  action plan_list(route& target) const;
  action plan_versions(route& target) const;
  action plan_topic(request const& head, route& target) const;

  plan_options options_;
};

}  // namespace chronicle::kv
