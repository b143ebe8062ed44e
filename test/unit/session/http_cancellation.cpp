// The same through HTTP: the client that ships, the server that ships, and a network in memory between them.
#include "support/kv_in_memory.hpp"
#include "unit/session/cancellation_matrix.hpp"

namespace chronicle::test {
namespace {

constexpr auto travel_time = 5ms;
constexpr auto very_late = 20s;  // when nobody waits any more

using write_fate = fate;  // a `wire` has a fate of its own

/// What becomes of the next writes, and of the write that is under way on a connection.
struct write_script {
  std::deque<write_fate> next;
};
struct write_under_way {
  write_fate what = write_fate::pass;
};

/// The way of requests: a write meets its fate when its head leaves.
class request_wire final : public wire {
 public:
  request_wire(std::shared_ptr<write_script> script, std::shared_ptr<write_under_way> now)
      : script_(std::move(script)), now_(std::move(now)) {}

  wire::fate carry(std::string_view bytes) override {
    bool const is_head = bytes.starts_with("PUT ") || bytes.starts_with("GET ");
    if (is_head) now_->what = write_fate::pass;
    if (bytes.starts_with("PUT ") && !script_->next.empty()) {
      now_->what = script_->next.front();
      script_->next.pop_front();
    }
    switch (now_->what) {
      case write_fate::lose_request: return {0, travel_time, true};
      case write_fate::ghost: return {bytes.size(), very_late, false};
      default: return {bytes.size(), travel_time, false};
    }
  }

 private:
  std::shared_ptr<write_script> script_;
  std::shared_ptr<write_under_way> now_;
};

/// The way of answers.
class answer_wire final : public wire {
 public:
  explicit answer_wire(std::shared_ptr<write_under_way> now) : now_(std::move(now)) {}

  wire::fate carry(std::string_view bytes) override {
    if (now_->what == write_fate::lose_reply) return {0, travel_time, true};
    return {bytes.size(), travel_time, false};
  }

 private:
  std::shared_ptr<write_under_way> now_;
};

memory_network::link_maker scripted_links(std::shared_ptr<write_script> script,
                                          std::shared_ptr<time_source> time) {
  return [script, time](endpoint const&) {
    auto const now = std::make_shared<write_under_way>();
    memory_link made;
    made.time = time;
    made.to_server = std::make_shared<request_wire>(script, now);
    made.to_client = std::make_shared<answer_wire>(now);
    return made;
  };
}

/// chronicle-kv in this process, reached through connections in memory.
class http_medium {
 public:
  explicit http_medium(virtual_context& world)
      : kv_(world, scripted_links(script_, world.shared_time())),
        storage(kv_.make_backend()),
        backend(kv_.make_backend()) {}

  void next_writes(std::deque<fate> fates) { script_->next = std::move(fates); }
  void deliver_late(virtual_context& world) { world.run_for(very_late); }

 private:
  std::shared_ptr<write_script> script_ = std::make_shared<write_script>();
  kv_in_memory kv_;

 public:
  std::shared_ptr<chronicle::backend> storage;
  std::shared_ptr<chronicle::backend> backend;
};

BOOST_AUTO_TEST_SUITE(cancellation_through_http)

BOOST_AUTO_TEST_CASE(v9_starts_on_a_new_key) {
  cancel_starts<http_medium>(false, {});
}
BOOST_AUTO_TEST_CASE(v9_starts_on_a_free_key) {
  cancel_starts<http_medium>(true, {});
}
BOOST_AUTO_TEST_CASE(starts_whose_reply_is_lost) {
  cancel_starts<http_medium>(true, {fate::lose_reply});
}
BOOST_AUTO_TEST_CASE(starts_whose_request_is_lost) {
  cancel_starts<http_medium>(true, {fate::lose_request});
}
BOOST_AUTO_TEST_CASE(starts_whose_write_arrives_late) {
  cancel_starts<http_medium>(true, {fate::ghost});
}
BOOST_AUTO_TEST_CASE(creations_whose_write_arrives_late) {
  cancel_starts<http_medium>(false, {fate::ghost});
}
BOOST_AUTO_TEST_CASE(saves_go_on_without_their_caller) {
  cancel_saves<http_medium>();
}
BOOST_AUTO_TEST_CASE(releases_go_on_without_their_caller) {
  cancel_releases<http_medium>();
}
BOOST_AUTO_TEST_CASE(closing_goes_on_without_its_caller) {
  cancel_closing<http_medium>();
}
BOOST_AUTO_TEST_CASE(closing_waits_for_the_janitor) {
  close_over_a_janitor<http_medium>();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(teardown_through_http)

BOOST_AUTO_TEST_CASE(a_life_ends_cleanly_at_every_event) {
  tear_down_lives<http_medium>({});
}
BOOST_AUTO_TEST_CASE(a_life_in_bad_weather_ends_cleanly_at_every_event) {
  tear_down_lives<http_medium>({fate::lose_reply, fate::ghost, fate::lose_request});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
