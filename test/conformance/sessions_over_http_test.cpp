// Sessions against chronicle-kv through the real HTTP client and server: what the lease protocol costs in
// round trips.
#include <boost/test/unit_test.hpp>

#include "support/fleet.hpp"
#include "support/kv_in_memory.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds round_trip{100};

class slow_wire final : public wire {
 public:
  fate carry(std::string_view bytes) override { return {bytes.size(), round_trip / 2, false}; }
};

memory_network::link_maker slow_links(std::shared_ptr<time_source> time) {
  return [time](endpoint const&) {
    memory_link link;
    link.time = time;
    link.connect_delay = round_trip;
    link.to_server = link.to_client = std::make_shared<slow_wire>();
    return link;
  };
}

struct http_fixture : fleet {
  http_fixture() {
    run_for(1s);  // the buses listen
    {             // every connection is open
      profile const owned = open(a, "warm");
      start(b, "warm");
    }
    release(open(b, "warm"));
  }
  ~http_fixture() {  // releases what tests left open, while there is a server
    close(a);
    close(b);
  }

  store make_server() {
    store_options o = options();
    o.backend = kv.make_backend();
    o.bus = kv.make_bus();
    return make_store(std::move(o));
  }
  boot_clock::duration time_to(std::function<void()> const& what) {
    time_point const began = time().now();
    what();
    return time().now() - began;
  }

  kv_in_memory kv{*this, slow_links(shared_time())};
  store a = make_server();
  store b = make_server();
};

BOOST_FIXTURE_TEST_SUITE(sessions_over_http, http_fixture)

BOOST_AUTO_TEST_CASE(a_start_is_two_round_trips_and_a_release_one) {
  profile p;
  BOOST_CHECK(time_to([&] { p = open(a); }) == 2 * round_trip);
  p.edit()["Coins"] = 7;
  BOOST_CHECK(time_to([&] { release(p); }) == round_trip);
  BOOST_TEST(open(b).data().at("Coins").to_number<int>() == 7);
}

// The player was let go at A and is already knocking at B: A's last save is somewhere between A and the
// backend, B's read before or after it. Two round trips if B's read comes after it. If not, B asks A over the
// bus, which takes two more (challenge and reply, each up to the server and down to the other), and A says so
// when it has released.
BOOST_AUTO_TEST_CASE(a_player_who_joins_while_the_last_save_flies_gets_in_with_its_data) {
  for (milliseconds const lead : {0ms, 10ms, 30ms, 60ms, 90ms, 120ms, 150ms, 180ms}) {
    auto const key = "p" + std::to_string(lead.count());
    profile owned = open(a, key);
    owned.edit()["Coins"] = 42;
    std::optional<time_point> released, playable;
    b.async_start_session(key, [&](error_code ec, profile p) {
      BOOST_TEST(!ec, key << ": " << ec.message());
      playable = time().now();
      BOOST_TEST((p && p.data().at("Coins").to_number<int>() == 42));
    });
    run_for(lead);
    owned.async_release([&](error_code, save_receipt) { released = time().now(); });
    run_until([&] { return released && playable; });
    BOOST_TEST((*playable - *released) / 1ms <= 4 * round_trip / 1ms);
  }
  BOOST_TEST(told->losses.empty());
}

BOOST_AUTO_TEST_CASE(a_player_whose_last_save_arrived_first_is_in_after_two_round_trips) {
  profile owned = open(a);
  owned.edit()["Coins"] = 42;
  std::optional<time_point> released, playable;
  owned.async_release([&](error_code, save_receipt) { released = time().now(); });
  run_for(1ms);
  b.async_start_session("p1", [&](error_code ec, profile p) {
    BOOST_TEST((!ec && p.data().at("Coins").to_number<int>() == 42));
    playable = time().now();
  });
  run_until([&] { return released && playable; });
  BOOST_TEST((*playable - *released) / 1ms <= 2 * round_trip / 1ms);
}

// One round trip for the read, two for challenge and reply.
BOOST_AUTO_TEST_CASE(a_living_owner_is_known_within_three_round_trips) {
  profile const owned = open(a);
  error_code heard;
  auto const took = time_to([&] { heard = start(b).first; });
  BOOST_TEST((heard == errc::lease_held));
  BOOST_TEST(took / 1ms <= 3 * round_trip / 1ms);
  BOOST_TEST(owned.is_active());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
