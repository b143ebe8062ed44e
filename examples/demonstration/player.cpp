#include "player.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

namespace asio = boost::asio;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {
// Longer than a lease has to be waited for; whoever hears nothing for so long has found a bug.
constexpr auto patience = 100s;
}  // namespace

player::player(asio::any_io_executor executor, world& w, std::string name, std::uint64_t seed, bool stays)
    : world_(w), name_(std::move(name)), random_(seed), stays_(stays), alarm_(std::move(executor)) {}

asio::awaitable<void> player::live() {
  auto arriving = pause(milliseconds(pick(0, 2000)));
  co_await std::move(arriving);
  while (true) {
    auto joining = join();
    co_await std::move(joining);
    auto playing = play();
    co_await std::move(playing);
    if (now_ != doing::playing) continue;  // the server went down
    bool const going_home = steady_clock::now() >= world_.ends_at;
    if (going_home && stays_) co_return;
    leaving_ = at_;
    left_at_ = steady_clock::now();
    now_ = doing::nothing;
    let_go_ = false;
    leaving_->send("leave", name_);
    hopping_ = !going_home;
    if (going_home) break;
    // To the other server as soon as this one lets go: our last save here is still in flight.
    auto going = wait_to_be_let_go();
    co_await std::move(going);
  }
  auto waiting = wait_for_leave();
  co_await std::move(waiting);
}

server& player::choose_server() {
  auto& [a, b] = world_.servers;
  if (a->gone() || b->gone()) return a->gone() ? *b : *a;
  if (leaving_) return leaving_ == a ? *b : *a;
  return random_() % 2 == 0 ? *a : *b;
}

asio::awaitable<void> player::join() {
  auto const since = steady_clock::now();
  while (now_ != doing::playing) {
    if (std::exchange(refused_, false)) {
      auto resting = pause(500ms);
      co_await std::move(resting);
    }
    if (now_ == doing::nothing) {
      at_ = &choose_server();
      if (at_ == leaving_) {  // back to where they came from: one thing after the other
        auto leaving = wait_for_leave();
        co_await std::move(leaving);
        if (now_ != doing::nothing || at_->gone()) continue;
      }
      now_ = doing::joining;
      at_->send("join", name_);
    }
    auto waiting = wait_for_answer(since);
    co_await std::move(waiting);
  }
}

asio::awaitable<void> player::play() {
  auto const stay_ends = std::min(steady_clock::now() + milliseconds(pick(1500, 5000)), world_.ends_at);
  while (now_ == doing::playing && steady_clock::now() < stay_ends) {
    int const coins = pick(1, 9);
    coins_.earn(coins);
    ++world_.counts.edits;
    at_->send_earnings(name_, coins);
    auto resting = pause(milliseconds(pick(50, 300)));
    co_await std::move(resting);
  }
}

asio::awaitable<void> player::wait_to_be_let_go() {
  while (leaving_ && !let_go_) {
    auto waiting = wait_for_answer(left_at_);
    co_await std::move(waiting);
  }
}

asio::awaitable<void> player::wait_for_leave() {
  while (leaving_) {
    auto waiting = wait_for_answer(left_at_);
    co_await std::move(waiting);
  }
}

void player::hear(server& from, answer const& a) {
  bool const asked = &from == at_ && now_ == doing::joining;
  if (a.verb == "joined" && asked) {
    joined(a.coins);
  } else if (a.verb == "refused" && asked) {
    // Nobody may be turned away, unless a server has just gone down with a write of theirs in flight.
    if (!crashed_) complain("was refused by " + from.name() + ": " + a.rest);
    now_ = doing::nothing;
    refused_ = true;
  } else if (a.verb == "leaving") {
    let_go_ = let_go_ || &from == leaving_;
  } else if (a.verb == "saved" || a.verb == "left") {
    coins_.acknowledge(a.coins);
    if (a.verb == "saved") ++world_.counts.saves;
    if (a.verb == "left" && &from == leaving_) leaving_ = nullptr;
  } else if (a.verb == "conflict") {
    ++world_.counts.conflicts[a.rest];
  } else if (a.verb != "delayed") {  // a save is tried again by itself
    complain(from.name() + " says: " + a.verb + ' ' + a.rest);
    server_gone(from);
  }
  alarm_.cancel();
}

void player::joined(std::int64_t balance) {
  now_ = doing::playing;
  ++world_.counts.sessions;
  auto const wrong = coins_.resume(balance, crashed_);
  if (!wrong.empty()) complain("joined " + at_->name() + ": " + wrong);
  auto const since = [](steady_time then) {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - then);
  };
  if (crashed_) {
    world_.counts.recovery_times.push_back(since(world_.killed_at));
  } else if (hopping_) {
    ++world_.counts.hops;
    world_.counts.hop_times.push_back(since(left_at_));
  }
  crashed_ = hopping_ = false;
}

void player::server_gone(server& which) {
  if (world_.shut_down) return;  // it has released us
  bool const under_us = &which == at_ && now_ != doing::nothing;
  bool const behind_us = &which == leaving_ && now_ != doing::playing;
  if (under_us || behind_us) crashed_ = true;
  if (under_us) now_ = doing::nothing;
  if (&which == leaving_) leaving_ = nullptr;
  alarm_.cancel();
}

asio::awaitable<void> player::pause(milliseconds how_long) {
  alarm_.expires_after(how_long);
  auto waiting = alarm_.async_wait(asio::as_tuple(asio::use_awaitable));
  co_await std::move(waiting);
}

asio::awaitable<void> player::wait_for_answer(steady_time since) {
  if (steady_clock::now() - since > patience)
    throw std::runtime_error(name_ + " has waited in vain for an answer");
  return pause(1s);
}

void player::complain(std::string const& what) {
  world_.counts.problems.push_back(name_ + ' ' + what);
}

int player::pick(int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(random_);
}
