// What the protocol promises about time, measured when the weather is fair: how much a start costs, who wins
// among many, how soon the lease of a dead server or of a player who went away can be had (L1, L2, L4, L5,
// L6).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/server_life.hpp"

namespace chronicle::sim {

class drill {
 public:
  /// `pass` lets the world go on for so long. `crash` ends a server at once.
  drill(surroundings& in, std::function<void(boot_clock::duration)> pass,
        std::function<void(server_life&)> crash)
      : in_(in), pass_(std::move(pass)), crash_(std::move(crash)) {}

  /// With the servers that run, two at least.
  void play(std::vector<server_life*> servers);

 private:
  struct attempt;
  using attempts = std::vector<std::shared_ptr<attempt>>;

  std::shared_ptr<attempt> start(server_life& at, std::string const& key);
  /// Waits until all have ended; demands that they do.
  void wait_for(attempts const& all);
  /// Starts again and again until it succeeds; demands that it does within `patience`.
  std::shared_ptr<attempt> insist(server_life& at, std::string const& key, boot_clock::duration patience,
                                  char const* rule);
  boot_clock::duration patience_for_the_dead() const;

  /// Drops the last handle: the session is released by itself.
  static void let_go(std::shared_ptr<attempt> const& held);
  void count_requests(server_life& first, server_life& second);
  std::shared_ptr<attempt> contend(std::vector<server_life*> const& servers);
  void walk_away(server_life& first, server_life& second);

  surroundings& in_;
  std::function<void(boot_clock::duration)> pass_;
  std::function<void(server_life&)> crash_;
};

}  // namespace chronicle::sim
