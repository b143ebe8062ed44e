#include "sim/drill.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <utility>

namespace chronicle::sim {

using namespace std::chrono_literals;

/// One start of a session.
struct drill::attempt {
  server_life* at = nullptr;
  std::string key;
  asio::cancellation_signal cancel;
  bool ended = false;
  error_code ec;
  profile got;
};

std::shared_ptr<drill::attempt> drill::start(server_life& at, std::string const& key) {
  auto const made = std::make_shared<attempt>();
  made->at = &at;
  made->key = key;
  at.after(0s, [made] {
    made->at->note_start(made->key);
    made->at->players().async_start_session(
        made->key, asio::bind_cancellation_slot(made->cancel.slot(), [made](error_code ec, profile got) {
          made->at->note(made->key + (ec ? " not loaded: " + ec.message() : std::string(" loaded")));
          made->ended = true;
          made->ec = ec;
          made->got = std::move(got);
        }));
  });
  return made;
}

void drill::wait_for(attempts const& all) {
  time_point const limit = in_.on.now() + 200s;
  for (auto const& one : all) {
    while (!one->ended && in_.on.now() < limit && !in_.on.first_breach) pass_(50ms);
    in_.on.demand(one->ended, "L4", one->key + ": a start in fair weather never ends");
  }
}

std::shared_ptr<drill::attempt> drill::insist(server_life& at, std::string const& key,
                                              boot_clock::duration patience, char const* rule) {
  time_point const began = in_.on.now();
  while (!in_.on.first_breach) {
    auto const one = start(at, key);
    wait_for({one});
    auto const took = in_.on.now() - began;
    in_.on.demand(took < patience, rule,
                  key + ": still not to be had after " + std::to_string(took / 1ms) + " ms");
    if (!one->ec) return one;
    pass_(200ms);
  }
  return std::make_shared<attempt>();
}

void drill::let_go(std::shared_ptr<attempt> const& held) {
  held->at->after(0s, [held] { held->got = profile(); });
}

// With messages 2 s and three round trips; else the duration of a lease, and a look at it before and after.
boot_clock::duration drill::patience_for_the_dead() const {
  bool const can_ask = in_.rules.has_bus && in_.rules.policy == steal_policy::messaging_timeout;
  return can_ask ? 2500ms : 75s;
}

void drill::count_requests(server_life& first, server_life& second) {
  auto const check = [this](std::shared_ptr<attempt> const& done) {
    auto const sent = done->at->requests_for("PlayerData/" + done->key);
    in_.on.demand(sent == 2, "L1",
                  done->key + ": a start on a free key took " + std::to_string(sent) + " requests");
  };
  auto const fresh = start(first, "p901");
  wait_for({fresh});
  in_.on.demand(!fresh->ec, "L1", "p901: a fresh key is not to be had: " + fresh->ec.message());
  if (in_.on.first_breach) return;
  check(fresh);
  let_go(fresh);
  pass_(1s);
  auto const free = start(second, "p901");
  wait_for({free});
  in_.on.demand(!free->ec, "L1", "p901: a free key is not to be had: " + free->ec.message());
  if (!in_.on.first_breach) check(free);
}

std::shared_ptr<drill::attempt> drill::contend(std::vector<server_life*> const& servers) {
  attempts all;
  for (auto* const one : servers) all.push_back(start(*one, "p902"));
  wait_for(all);
  std::shared_ptr<attempt> winner;
  std::size_t winners = 0;
  for (auto const& one : all) {
    if (one->ec) continue;
    winner = one;
    ++winners;
  }
  in_.on.demand(winners == 1, "L4", std::to_string(winners) + " of many contenders for a free key won");
  return winner;
}

void drill::walk_away(server_life& first, server_life& second) {
  auto const gone = start(first, "p903");
  pass_(milliseconds(10 + in_.outside.draws().between(0ms, 80ms).count()));
  first.after(0s, [gone] { gone->cancel.emit(asio::cancellation_type::terminal); });
  wait_for({gone});
  let_go(gone);  // if it came too late
  insist(second, "p903", patience_for_the_dead(), "L6");
}

void drill::play(std::vector<server_life*> servers) {
  in_.on.note("a drill");
  // The breaker of a server may have opened for 300 s before the weather cleared, and the probe comes after
  // that.
  for (auto* const one : servers) insist(*one, "p91" + std::to_string(one->where().number), 310s, "L5");
  if (!in_.on.first_breach) count_requests(*servers[0], *servers[1]);
  if (!in_.on.first_breach) walk_away(*servers[1], *servers[0]);
  if (in_.on.first_breach) return;
  auto const winner = contend(servers);
  if (!winner) return;
  server_life& heir = winner->at == servers[0] ? *servers[1] : *servers[0];
  winner->got = profile();
  crash_(*winner->at);
  insist(heir, "p902", patience_for_the_dead(), "L2");
  pass_(41s);  // by then the dead one has started again
}

}  // namespace chronicle::sim
