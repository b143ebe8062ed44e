// One history from one seed: clients against chronicle-kv's own request handling and storage, over a network
// in memory that delays, cuts and loses, on virtual time.
#pragma once

#include <cstdint>
#include <vector>

#include "linearizability/operation.hpp"
#include "linearizability/troubled_storage.hpp"

namespace chronicle::linearizability {

enum class engine { memory, sqlite };

struct play_options {
  std::uint64_t seed = 1;
  engine storage = engine::memory;
  broken_promise broken = broken_promise::none;
  int clients = 8;
  std::size_t keys = 2;
  std::size_t operations = 300;
};

/// The histories of the keys. The same options give the same ones.
std::vector<history> play(play_options const& options);

}  // namespace chronicle::linearizability
