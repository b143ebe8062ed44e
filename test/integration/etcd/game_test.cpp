// The main job over etcd, small: players hop between two game servers, one of which is killed.
#include <boost/test/unit_test.hpp>

#include "support/child_process.hpp"
#include "support/etcd_process.hpp"

namespace chronicle::test {
namespace {

BOOST_AUTO_TEST_CASE(players_hop_between_two_game_servers_over_etcd) {
  if (!find_etcd()) return;
  etcd_process etcd;
  child_process game({DEMONSTRATION_PROGRAM, "--game-server", GAME_SERVER_PROGRAM, "--backend",
                      "etcd://127.0.0.1:" + std::to_string(etcd.port()), "--players", "20", "--hop-seconds",
                      "2", "--kill-seconds", "2", "--lease-seconds", "5"});
  auto const status = game.wait();
  auto const said = game.read_output() + game.read_errors();
  BOOST_TEST_INFO(said);
  BOOST_TEST(status == 0);
  BOOST_TEST_INFO(said);
  BOOST_TEST(said.find("Every coin is there.") != std::string::npos);
}

}  // namespace
}  // namespace chronicle::test
