#include "sim/world.hpp"

#include <algorithm>
#include <utility>

#include "sim/drill.hpp"
#include "sim/http_cloud.hpp"
#include "sim/network.hpp"
#include "sim/visit.hpp"

namespace chronicle::sim {
namespace {

using namespace std::chrono_literals;

}  // namespace

world::world(scenario plan, bool print)
    : on_(std::move(plan), print),
      draws_(on_.plan.seed, 3),
      storage_(on_, draw_capabilities(on_.plan.seed), on_.plan.seed % 3 == 0),
      outside_(make_cloud()),
      rules_(draw_rules(on_.plan.seed)),
      judge_(on_, storage_, minutes_, rules_.policy),
      around_{on_, storage_, *outside_, judge_, rules_} {}

world::~world() = default;

std::unique_ptr<cloud> world::make_cloud() {
  if (on_.plan.http) return std::make_unique<http_cloud>(on_, storage_, minutes_);
  return std::make_unique<network>(on_, storage_, minutes_);
}

capabilities world::draw_capabilities(std::uint64_t seed) {
  chance draws(seed, 4);
  capabilities caps;
  caps.server_age = draws.happens(0.5);
  caps.history = draws.happens(0.7);
  caps.conflict_returns_current = draws.happens(0.5);
  caps.write_id_dedup = draws.happens(0.3);
  return caps;
}

house_rules world::draw_rules(std::uint64_t seed) {
  chance draws(seed, 5);
  house_rules rules;
  rules.policy = draws.happens(0.25) ? steal_policy::expiry_only : steal_policy::messaging_timeout;
  rules.has_bus = !draws.happens(0.1);
  return rules;
}

void world::drain() {
  if (!outside_->has_loops()) return drain_roused();
  on_.roused.clear();
  for (bool goes_on = true; goes_on;) {
    std::size_t ran = outside_->poll();
    for (auto const& life : lives_)
      if (life) ran += life->poll();
    goes_on = ran > 0;
  }
}

// One round is enough: nothing that happens on one event loop makes something ready on one that had its turn.
void world::drain_roused() {
  auto const roused = std::exchange(on_.roused, {});
  for (auto const& life : lives_) {
    if (!life || (!at_rest_ && life->has_nothing_to_do())) continue;
    auto const mine = [&life](auto const* loop) { return life->runs_on(*loop); };
    auto const found = std::find_if(roused.begin(), roused.end(), mine);
    if (found == roused.end() && !at_rest_) continue;
    if (life->is_paused() && found != roused.end()) on_.roused.push_back(*found);
    life->poll();
  }
}

void world::run_until(time_point when) {
  bool arrived = false;
  on_.at(when, [&arrived] { arrived = true; });
  drain();
  while (!arrived && !on_.first_breach) {
    if (auto const* const loop = on_.time->let_happen()) on_.roused.push_back(loop);
    drain();
  }
}

bool world::run_until_done(boot_clock::duration patience, bool (world::*done)()) {
  time_point const limit = on_.now() + patience;
  while (!(this->*done)() && on_.now() < limit && !on_.first_breach) run_until(on_.now() + 1s);
  return (this->*done)();
}

void world::boot(post& at) {
  lives_.push_back(std::make_unique<server_life>(around_, at.where, ++next_serial_));
  at.running = lives_.back().get();
  trouble(at);
}

// Plans what happens to this server next.
void world::trouble(post& at) {
  milliseconds const quiet = draws_.between(20s, 200s);
  double const pauses = on_.sky.of(fault::pause);
  double const crashes = on_.sky.of(fault::crash);
  double const stops = on_.sky.of(fault::stop);
  double const any = 2 * pauses + crashes + stops;
  double const dice = draws_.fraction() * any;
  if (any == 0) return;
  on_.after(quiet, [this, &at, dice, pauses, crashes] {
    strike(at, [this, &at, dice, pauses, crashes] {
      if (dice < 2 * pauses) return stand_still(at);
      go_down(at, dice >= 2 * pauses + crashes);
    });
  });
}

void world::strike(post& at, std::function<void()> blow) {
  auto unless_calm = [this, blow = std::move(blow)] {
    if (!on_.sky.is_calm()) blow();
  };
  if (draws_.happens(0.5) || at.where->ambush) return unless_calm();
  at.where->ambush = std::move(unless_calm);
}

void world::stand_still(post& at) {
  bool const long_one = draws_.happens(0.3);
  milliseconds const how_long = long_one ? draws_.between(20s, 180s) : draws_.between(500ms, 20s);
  server_life& life = *at.running;
  life.note("stands still for " + std::to_string(how_long.count()) + " ms");
  life.pause();
  life.add_standstill(how_long);
  on_.after(how_long, [this, &at, &life] {
    if (at.running != &life) return;  // it did not survive the drill
    if (life.is_paused()) life.note("goes on");
    life.resume();
    trouble(at);
  });
}

void world::go_down(post& at, bool gracefully) {
  milliseconds const away = draws_.between(1s, 40s);
  server_life* const life = std::exchange(at.running, nullptr);
  if (gracefully) {
    life->close();
  } else {
    life->note("crashes");
    for (auto& one : lives_)
      if (one.get() == life) one.reset();
  }
  on_.after(away, [this, &at] { boot(at); });
}

void world::arrive(std::size_t player) {
  if (on_.sky.is_calm()) return;
  milliseconds const stay = draws_.between(10s, 150s);
  milliseconds const gap = draws_.between(500ms, 30s);
  bool const hops = draws_.happens(0.2 * on_.sky.of(fault::hop));
  milliseconds const early = draws_.between(0ms, 3s);
  bool const hasty = draws_.happens(0.08 * on_.sky.of(fault::cancel));
  milliseconds const patience = draws_.between(0ms, draws_.happens(0.5) ? 60ms : 4s);
  std::size_t const first = draws_.below(posts_.size());
  for (std::size_t n = 0; n < posts_.size(); ++n) {
    server_life* const life = posts_[(first + n) % posts_.size()].running;
    if (!life || !life->takes_players()) continue;
    life->receive(player, stay, hasty ? std::optional(patience) : std::nullopt);
    break;
  }
  milliseconds const back = hops ? stay - early : hasty ? patience + gap / 10 : stay + gap;
  on_.after(back, [this, player] { arrive(player); });
}

void world::cut_off(post& at) {
  milliseconds const how_long = draws_.between(1s, draws_.happens(0.3) ? 90s : 15s);
  bool const from_bus = draws_.happens(0.4);
  bool const from_backend = !from_bus || draws_.happens(0.3);
  on_.note("server " + std::to_string(at.where->number) + " is cut off from " +
           (from_bus ? from_backend ? "everything" : "the bus" : "the backend") + " for " +
           std::to_string(how_long.count()) + " ms");
  if (from_backend) at.where->backend_cut_until = on_.now() + how_long;
  if (from_bus) at.where->bus_cut_until = on_.now() + how_long;
}

void world::damage_something() {
  std::string const key = "PlayerData/p" + std::to_string(1 + draws_.below(on_.plan.players));
  storage_.damage(key, draws_.below(4096));
  on_.after(draws_.between(500ms, 10s), [this, key] { storage_.repair(key); });
}

// Every ten seconds: what begins now?
void world::change_weather() {
  if (on_.sky.is_calm()) return;
  auto const begins = [this](fault kind, double usual) { return draws_.happens(usual * on_.sky.of(kind)); };
  bool const slow = begins(fault::slow, 0.03);
  bool const outage = begins(fault::outage, 0.02);
  bool const bus_outage = begins(fault::bus_outage, 0.03);
  bool const cut = begins(fault::partition, 0.05);
  bool const damage = begins(fault::corruption, 0.03);
  auto const factor = static_cast<int>(20 + draws_.below(80));
  milliseconds const how_long = draws_.between(1s, draws_.happens(0.3) ? 60s : 15s);
  bool const refuses = draws_.happens(0.5);
  if (slow) {
    on_.note("slow, " + std::to_string(factor) + " times");
    outside_->begin_slowness(on_.now() + how_long, factor);
  }
  if (outage) {
    on_.note("outage for " + std::to_string(how_long.count()) + " ms");
    outside_->begin_outage(on_.now() + how_long, refuses);
  }
  if (bus_outage) {
    on_.note("bus outage for " + std::to_string(how_long.count()) + " ms");
    outside_->begin_bus_outage(on_.now() + how_long);
  }
  if (cut) {
    auto& at = posts_[draws_.below(posts_.size())];
    strike(at, [this, &at] { cut_off(at); });
  }
  if (damage) damage_something();
  on_.after(10s, [this] { change_weather(); });
}

verdict world::run() {
  posts_.resize(on_.plan.servers);
  for (std::size_t n = 0; n < posts_.size(); ++n) {
    posts_[n].where = std::make_shared<host>();
    posts_[n].where->number = n + 1;
    boot(posts_[n]);
  }
  for (std::size_t player = 1; player <= on_.plan.players; ++player)
    on_.after(draws_.between(0s, 20s), [this, player] { arrive(player); });
  change_weather();
  run_until(on_.now() + on_.plan.length);
  if (!on_.first_breach) clear_up();
  if (!on_.first_breach) check_calm();
  if (!on_.first_breach) hold_drill();
  if (!on_.first_breach) close_everything();
  if (!on_.first_breach) check_quiet();

  verdict v;
  v.broken = on_.first_breach;
  v.log_hash = on_.log.hash();
  v.log_lines = on_.log.lines();
  for (auto const& [key, line] : storage_.keys()) v.revisions += line.size();
  return v;
}

void world::clear_up() {
  on_.note("the weather clears");
  on_.sky.clear_up();
  outside_->heal();
  for (auto& at : posts_) at.where->backend_cut_until = at.where->bus_cut_until = on_.now();
  for (auto const& [key, line] : storage_.keys()) storage_.repair(key);
  for (auto const& life : lives_)
    if (life && life->is_paused()) {
      life->note("goes on");
      life->resume();
    }
}

bool world::nothing_is_dirty() {
  for (auto const& life : lives_)
    if (life)
      for (auto const& one : life->visits())
        if (one->state() == session_state::active && one->is_dirty()) return false;
  return true;
}

void world::check_calm() {
  // Long enough for a ghost to land and for every owner to renew once: a zombie knows by then (L7).
  run_until(on_.now() + 100s);
  // The breaker may have opened for 300 s before it closed again (L5); then edits are saved within 30 s (L3).
  bool const clean = run_until_done(360s, &world::nothing_is_dirty);
  on_.demand(clean, "L3/L5", "edits are not saved minutes after the weather has cleared");
  for (auto const& life : lives_) {
    if (!life) continue;
    for (auto const& one : life->visits()) {
      if (one->state() != session_state::active) continue;
      auto const* const stored = storage_.newest("PlayerData/" + one->key());
      on_.demand(stored && stored->head.lease.session == one->session(), "L7",
                 one->key() + ": a session is active long after its lease was taken");
    }
  }
}

void world::hold_drill() {
  std::vector<server_life*> running;
  for (auto const& at : posts_)
    if (at.running) running.push_back(at.running);
  if (running.size() < 2) return;
  auto const pass = [this](boot_clock::duration d) { run_until(on_.now() + d); };
  auto const crash = [this](server_life& dead) {
    for (auto& at : posts_)
      if (at.running == &dead) return go_down(at, false);
  };
  drill(around_, pass, crash).play(running);
}

bool world::all_closed() {
  for (auto const& life : lives_)
    if (life && !life->is_closed()) return false;
  return true;
}

void world::close_everything() {
  on_.note("everything closes");
  for (auto const& life : lives_)
    if (life) life->close();
  on_.demand(run_until_done(35s, &world::all_closed), "L8", "a store does not close");
}

bool world::nobody_waits() {
  drain();
  return on_.time->pending() == 0;
}

void world::check_quiet() {
  at_rest_ = true;
  // What is still to come: players who would have left later, ghosts, janitors.
  bool const quiet = run_until_done(600s, &world::nobody_waits);
  on_.demand(quiet, "leak", std::to_string(on_.time->pending()) + " waits for a time are left");
  for (auto const& life : lives_)
    on_.demand(!life || !life->leaks(), "leak", "a coroutine of a closed store never ends");
  judge_.check_at_rest();
}

verdict play(scenario const& plan, bool print) {
  world one(plan, print);
  return one.run();
}

}  // namespace chronicle::sim
