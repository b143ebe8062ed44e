#include "linearizability/checker.hpp"

#include <algorithm>
#include <sstream>
#include <unordered_set>
#include <utility>

namespace chronicle::linearizability {
namespace {

using bits = std::vector<std::uint64_t>;

/// A place the search has been at: which operations have taken effect, and what the key then held. Writes
/// without an answer that cannot take effect any more count as if they had: otherwise every one of them would
/// double the places there are.
struct configuration {
  bits done;
  register_state state;
  bool operator==(configuration const&) const = default;
};

struct configuration_hash {
  std::size_t operator()(configuration const& c) const noexcept {
    std::size_t h = c.state.hash();
    for (auto const word : c.done) h = (h ^ word) * 0x9e3779b97f4a7c15 + (h >> 31);
    return h;
  }
};

/// A call or a return, in a list from which the events of operations that have taken effect are lifted out.
struct event {
  std::size_t operation = 0;
  bool is_call = true;
  std::size_t before = 0, after = 0;
};

class search {
 public:
  search(history const& h, register_state const& before) : state_(before) {
    for (auto const& o : h)
      if (!o.is_void()) operations_.push_back(&o);
    done_.assign(operations_.size() / 64 + 1, 0);
    list_events();
    list_unanswered();
  }

  verdict run();

 private:
  static constexpr std::size_t head = 0;  // stands before the first event

  void list_events();
  void list_unanswered();
  void lift(std::size_t operation);
  void put_back(std::size_t operation);
  void unlink(std::size_t at) {
    events_[events_[at].before].after = events_[at].after;
    events_[events_[at].after].before = events_[at].before;
  }
  void relink(std::size_t at) {
    events_[events_[at].before].after = at;
    events_[events_[at].after].before = at;
  }
  bits places_worth_telling_apart(register_state const& state) const;
  /// Lets the operation take effect now, unless it cannot or that has been tried.
  bool take(std::size_t operation);
  bool is_done(std::size_t operation) const { return (done_[operation / 64] >> operation % 64 & 1) != 0; }
  /// Takes the last one back; the event after its call. Nothing when there is none.
  std::optional<std::size_t> take_back();

  std::vector<operation const*> operations_;
  std::vector<event> events_;  // by place in the list at first, the head included
  std::vector<std::size_t> call_of_, return_of_;
  std::vector<std::size_t> unanswered_;           // writes without an answer
  std::vector<std::optional<std::size_t>> twin_;  // of such a write: an earlier one that is the same
  std::size_t open_returns_ = 0;                  // returns of operations that have not taken effect
  bits done_;
  register_state state_;
  std::unordered_set<configuration, configuration_hash> visited_;
  std::vector<std::pair<std::size_t, register_state>> taken_;
  verdict verdict_;
};

void search::list_events() {
  struct instant {
    std::uint64_t order;
    std::size_t operation;
    bool is_call;
  };
  std::vector<instant> instants;
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    auto const& o = *operations_[i];
    instants.push_back({o.called.order, i, true});
    if (o.is_open()) continue;  // it may take effect as late as it likes, or never
    instants.push_back({o.returned.order, i, false});
    ++open_returns_;
  }
  // What happens at the same instant is concurrent: calls first.
  std::ranges::sort(instants, [](instant const& a, instant const& b) {
    return std::pair(a.order, !a.is_call) < std::pair(b.order, !b.is_call);
  });
  call_of_.assign(operations_.size(), head);
  return_of_.assign(operations_.size(), head);
  events_.resize(instants.size() + 1);
  for (std::size_t i = 1; i < events_.size(); ++i) {
    auto const& [order, operation, is_call] = instants[i - 1];
    events_[i].operation = operation;
    events_[i].is_call = is_call;
    (is_call ? call_of_ : return_of_)[operation] = i;
  }
  for (std::size_t i = 0; i < events_.size(); ++i) {
    events_[i].after = (i + 1) % events_.size();
    events_[events_[i].after].before = i;
  }
}

void search::list_unanswered() {
  twin_.resize(operations_.size());
  for (std::size_t at = events_[head].after; at != head; at = events_[at].after) {
    auto const mine = events_[at].operation;
    operation const& o = *operations_[mine];
    if (!o.is_open()) continue;
    for (auto const earlier : unanswered_) {
      operation const& e = *operations_[earlier];
      bool const asks_the_same =
          e.what == o.what && e.expected == o.expected && e.value == o.value && e.write_id == o.write_id;
      if (asks_the_same && e.came == o.came && e.made == o.made) twin_[mine] = earlier;
    }
    unanswered_.push_back(mine);
  }
}

bits search::places_worth_telling_apart(register_state const& state) const {
  bits places = done_;
  for (auto const i : unanswered_)
    if (state.is_past(*operations_[i])) places[i / 64] |= std::uint64_t{1} << i % 64;
  return places;
}

void search::lift(std::size_t operation) {
  unlink(call_of_[operation]);
  if (return_of_[operation] == head) return;
  unlink(return_of_[operation]);
  --open_returns_;
}

void search::put_back(std::size_t operation) {
  if (return_of_[operation] != head) {
    relink(return_of_[operation]);
    ++open_returns_;
  }
  relink(call_of_[operation]);
}

bool search::take(std::size_t operation) {
  ++verdict_.steps;
  // Of two writes that are the same the earlier one goes first: the other order would change nothing.
  if (auto const twin = twin_[operation]; twin && !is_done(*twin)) return false;
  auto const next = state_.after(*operations_[operation]);
  if (!next) return false;
  auto const mask = std::uint64_t{1} << operation % 64;
  done_[operation / 64] |= mask;
  if (!visited_.insert(configuration{places_worth_telling_apart(*next), *next}).second) {
    done_[operation / 64] &= ~mask;
    return false;
  }
  taken_.emplace_back(operation, std::exchange(state_, *next));
  lift(operation);
  return true;
}

std::optional<std::size_t> search::take_back() {
  if (taken_.empty()) return std::nullopt;
  auto const operation = taken_.back().first;
  state_ = taken_.back().second;
  taken_.pop_back();
  done_[operation / 64] &= ~(std::uint64_t{1} << operation % 64);
  put_back(operation);
  return events_[call_of_[operation]].after;
}

verdict search::run() {
  std::size_t at = events_[head].after;
  while (open_returns_ > 0) {
    event const& here = events_[at];
    if (here.is_call) {
      at = take(here.operation) ? events_[head].after : here.after;
      continue;
    }
    // It has returned and has not taken effect: something before it must have happened otherwise.
    auto const resume = take_back();
    if (!resume) {
      verdict_.linearizable = false;
      break;
    }
    at = *resume;
  }
  return verdict_;
}

/// What was known at `order`: later calls have not happened, later returns have not come.
history cut_after(history const& h, std::uint64_t order) {
  history known;
  for (auto o : h) {
    if (o.called.order > order) continue;
    if (o.returned.order > order) {
      o.came = outcome::unknown;
      o.returned = moment{never_returned, {}};
    }
    if (!o.is_void()) known.push_back(o);
  }
  return known;
}

bool is_sighting(operation const& o) {
  return o.came == outcome::seen || o.came == outcome::refused;
}

/// What must be explained after `order` by itself. What was under way then may have happened before.
history cut_before(history const& h, std::uint64_t order) {
  history rest;
  for (auto o : h) {
    bool const crosses = o.called.order < order;
    if (crosses && (o.returned.order < order || is_sighting(o))) continue;
    if (crosses) o.returned.order = never_returned;
    rest.push_back(o);
  }
  return rest;
}

std::vector<std::uint64_t> orders_of(history const& h, moment operation::*which) {
  std::vector<std::uint64_t> orders;
  for (auto const& o : h)
    if (!o.is_void() && !o.is_open()) orders.push_back((o.*which).order);
  std::ranges::sort(orders);
  return orders;
}

/// Whether other operations of `h` saw what this write would have made, or are the same write.
bool was_seen(operation const& write, history const& h) {
  return std::ranges::any_of(h, [&](operation const& o) {
    bool const shows =
        write.what == verb::put ? o.found.value == write.value : o.found.what == sighting::kind::erased;
    return (is_sighting(o) && shows) || (write.write_id != 0 && o.write_id == write.write_id);
  });
}

/// Leaves out what is not needed: reads, refusals, and writes without an answer that nobody saw.
void prune(history& h, register_state const& before) {
  for (std::size_t i = h.size(); i-- > 0;) {
    operation const o = h[i];
    history less = h;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    bool const may_go = is_sighting(o) || (o.is_open() && !was_seen(o, less));
    if (may_go && !check(less, before).linearizable) h = std::move(less);
  }
}

}  // namespace

verdict check(history const& h, register_state const& before) {
  return search(h, before).run();
}

history smallest_window(history const& h) {
  if (check(h).linearizable) return {};
  auto const ends = orders_of(h, &operation::returned);
  // A longer history is no easier to explain, so the first end that cannot be explained is found by halving.
  auto const end = std::ranges::partition_point(
      ends, [&](std::uint64_t order) { return check(cut_after(h, order)).linearizable; });
  history window = cut_after(h, *end);
  auto const begins = orders_of(window, &operation::called);
  auto const past = std::ranges::partition_point(begins, [&](std::uint64_t order) {
    return !check(cut_before(window, order), register_state::anything()).linearizable;
  });
  bool const needs_its_beginning = past == begins.begin();
  auto const before = needs_its_beginning ? register_state() : register_state::anything();
  if (!needs_its_beginning) window = cut_before(window, *std::prev(past));
  prune(window, before);
  return window;
}

std::string find_problem(std::vector<history> const& keys) {
  std::ostringstream text;
  for (std::size_t key = 0; key < keys.size(); ++key)
    if (!check(keys[key]).linearizable)
      text << "\nnot linearizable, key " << key << ", times in ms:\n" << smallest_window(keys[key]);
  return text.str();
}

}  // namespace chronicle::linearizability
