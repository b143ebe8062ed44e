// Cancellation strikes at any event of any operation: the caller hears at once, and no lease is left without
// an owner.
#include "unit/session/cancellation_matrix.hpp"

namespace chronicle::test {
namespace {

/// Memory, with a script for its writes.
struct memory_medium {
  explicit memory_medium(virtual_context& world)
      : storage(make_memory_backend(world.shared_time())),
        backend(std::make_shared<scripted_backend>(storage, world.shared_time())) {
    backend->set_latency(10ms);
  }
  void next_writes(std::deque<fate> fates) { backend->next_puts(std::move(fates)); }
  void deliver_late(virtual_context& world) { world.run(backend->deliver_ghosts()); }

  std::shared_ptr<chronicle::backend> storage;
  std::shared_ptr<scripted_backend> backend;
};

BOOST_AUTO_TEST_SUITE(cancellation)

BOOST_AUTO_TEST_CASE(v9_starts_on_a_new_key) {
  cancel_starts<memory_medium>(false, {});
}
BOOST_AUTO_TEST_CASE(v9_starts_on_a_free_key) {
  cancel_starts<memory_medium>(true, {});
}
BOOST_AUTO_TEST_CASE(starts_whose_reply_is_lost) {
  cancel_starts<memory_medium>(true, {fate::lose_reply});
}
BOOST_AUTO_TEST_CASE(starts_whose_request_is_lost) {
  cancel_starts<memory_medium>(true, {fate::lose_request});
}
BOOST_AUTO_TEST_CASE(starts_whose_write_arrives_late) {
  cancel_starts<memory_medium>(true, {fate::ghost});
}
BOOST_AUTO_TEST_CASE(creations_whose_write_arrives_late) {
  cancel_starts<memory_medium>(false, {fate::ghost});
}
BOOST_AUTO_TEST_CASE(saves_go_on_without_their_caller) {
  cancel_saves<memory_medium>();
}
BOOST_AUTO_TEST_CASE(releases_go_on_without_their_caller) {
  cancel_releases<memory_medium>();
}
BOOST_AUTO_TEST_CASE(closing_goes_on_without_its_caller) {
  cancel_closing<memory_medium>();
}
BOOST_AUTO_TEST_CASE(closing_waits_for_the_janitor) {
  close_over_a_janitor<memory_medium>();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(teardown)

BOOST_AUTO_TEST_CASE(a_life_ends_cleanly_at_every_event) {
  tear_down_lives<memory_medium>({});
}
BOOST_AUTO_TEST_CASE(a_life_in_bad_weather_ends_cleanly_at_every_event) {
  tear_down_lives<memory_medium>({fate::lose_reply, fate::ghost, fate::duplicate, fate::lose_request});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
