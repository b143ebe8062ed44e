#include "support/teardown.hpp"

#include <boost/test/unit_test.hpp>

namespace chronicle::test {

std::size_t tear_down_at_every_event(std::function<std::shared_ptr<void>(virtual_context&)> const& start,
                                     std::size_t at_most) {
  for (std::size_t events = 0; events <= at_most; ++events) {
    virtual_context world;
    std::shared_ptr<void> kept = start(world);
    std::size_t happened = 0;
    while (happened < events && world.time().step(world.context())) ++happened;
    kept.reset();
    world.destroy_context();
    BOOST_TEST(world.time().pending_waits() == 0U);
    if (happened < events) return happened;
  }
  BOOST_ERROR("the scenario does not end by itself");
  return at_most;
}

}  // namespace chronicle::test
