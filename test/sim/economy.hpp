// What the players own. Every edit of a document gets an identity and remembers the edit before it, so that
// from any stored document alone it can be told which edits it holds.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace chronicle::sim {

/// The part of a document that the economy looks at.
struct purse {
  std::int64_t coins = 0;
  std::uint64_t edits = 0;  ///< how many edits it holds
  std::uint64_t last = 0;   ///< the newest of them; 0 for none

  bool operator==(purse const&) const = default;
};

class economy {
 public:
  /// The document of a new player.
  static boost::json::object template_document();
  /// Nothing when the document is not one of ours.
  static std::optional<purse> read(boost::json::object const& document);

  /// Adds `coins` to the document of `player`.
  purse edit(boost::json::object& document, std::size_t player, std::int64_t coins);

  /// What is wrong with a purse said to be that of `player`; empty when it is one that edits can have made.
  std::string find_problem(purse const& held, std::size_t player) const;
  /// Whether `later` holds every edit that `earlier` holds.
  bool descends(purse later, purse const& earlier) const;

 private:
  struct change {
    std::size_t player;
    purse before;
    purse after;
  };
  std::unordered_map<std::uint64_t, change> changes_;  // by identity
  std::uint64_t next_ = 0;
};

}  // namespace chronicle::sim
