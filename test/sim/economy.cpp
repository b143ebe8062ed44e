#include "sim/economy.hpp"

namespace chronicle::sim {
namespace {

std::optional<std::int64_t> read_number(boost::json::object const& from, char const* name) {
  auto const* value = from.if_contains(name);
  if (!value || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

}  // namespace

boost::json::object economy::template_document() {
  boost::json::object fresh;
  fresh["Coins"] = 0;
  fresh["Edits"] = 0;
  fresh["Last"] = 0;
  return fresh;
}

std::optional<purse> economy::read(boost::json::object const& document) {
  auto const coins = read_number(document, "Coins");
  auto const edits = read_number(document, "Edits");
  auto const last = read_number(document, "Last");
  if (!coins || !edits || !last || *edits < 0 || *last < 0) return std::nullopt;
  purse held;
  held.coins = *coins;
  held.edits = static_cast<std::uint64_t>(*edits);
  held.last = static_cast<std::uint64_t>(*last);
  return held;
}

purse economy::edit(boost::json::object& document, std::size_t player, std::int64_t coins) {
  change made;
  made.player = player;
  made.before = read(document).value_or(purse());
  made.after.coins = made.before.coins + coins;
  made.after.edits = made.before.edits + 1;
  made.after.last = ++next_;
  document["Coins"] = made.after.coins;
  document["Edits"] = static_cast<std::int64_t>(made.after.edits);
  document["Last"] = static_cast<std::int64_t>(made.after.last);
  changes_.emplace(made.after.last, made);
  return made.after;
}

std::string economy::find_problem(purse const& held, std::size_t player) const {
  if (held.last == 0) return held == purse() ? "" : "coins without an edit";
  auto const made = changes_.find(held.last);
  if (made == changes_.end()) return "an edit that nobody made";
  if (made->second.player != player) return "an edit of another player";
  return made->second.after == held ? "" : "coins that do not add up";
}

bool economy::descends(purse later, purse const& earlier) const {
  while (later.edits > earlier.edits) {
    auto const made = changes_.find(later.last);
    if (made == changes_.end()) return false;
    later = made->second.before;
  }
  return later == earlier;
}

}  // namespace chronicle::sim
