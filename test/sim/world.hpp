// A simulated world from beginning to end: servers, players, weather; then calm, the last look, and the
// verdict.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/server_life.hpp"

namespace chronicle::sim {

/// What came of one run.
struct verdict {
  std::optional<breach> broken;
  std::uint64_t log_hash = 0;
  std::uint64_t log_lines = 0;
  std::size_t revisions = 0;
};

class world {
 public:
  world(scenario plan, bool print);
  ~world();
  world(world const&) = delete;
  world& operator=(world const&) = delete;

  /// Once.
  verdict run();

 private:
  struct post {
    std::shared_ptr<host> where;
    server_life* running = nullptr;
  };

  static capabilities draw_capabilities(std::uint64_t seed);
  static house_rules draw_rules(std::uint64_t seed);

  std::unique_ptr<cloud> make_cloud();

  /// Runs whatever is ready.
  void drain();
  void drain_roused();
  /// Lets the world go on until `when`, or until a promise is broken.
  void run_until(time_point when);
  bool run_until_done(boot_clock::duration patience, bool (world::*done)());

  void boot(post& at);
  void trouble(post& at);
  /// Now, or while the next write of that server is under way.
  void strike(post& at, std::function<void()> blow);
  void stand_still(post& at);
  void go_down(post& at, bool gracefully);
  void arrive(std::size_t player);
  void change_weather();
  void cut_off(post& at);
  void damage_something();

  void clear_up();
  void hold_drill();
  void close_everything();
  void check_calm();
  void check_quiet();
  bool nothing_is_dirty();
  bool all_closed();
  bool nobody_waits();

  stage on_;
  chance draws_;
  ledger storage_;
  minutes minutes_;
  std::unique_ptr<cloud> outside_;
  house_rules rules_;
  referee judge_;
  surroundings around_;
  std::vector<std::unique_ptr<server_life>> lives_;
  std::vector<post> posts_;
  std::uint64_t next_serial_ = 0;
  bool at_rest_ = false;  // look after the loops of closed servers as well
};

/// Plays a scenario.
verdict play(scenario const& plan, bool print);

}  // namespace chronicle::sim
