// A memory backend on virtual time, what the simulation makes of it, and records to put there.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>

#include "chronicle/memory_backend.hpp"
#include "chronicle/simulation.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "lease/transitions.hpp"
#include "record/codec.hpp"
#include "support/virtual_context.hpp"

namespace chronicle::test {

using namespace std::chrono_literals;

struct simulation_fixture : virtual_context {
  std::shared_ptr<chronicle::backend> memory = make_memory_backend(shared_time(), 1'000'000);

  std::shared_ptr<chronicle::backend> simulate(simulation_options const& options) {
    return make_simulated_backend(memory, options, shared_time());
  }

  std::optional<entry> get(chronicle::backend& from, std::string const& key) {
    auto const read = run(from.get(key));
    BOOST_REQUIRE(read);
    return *read;
  }
  put_result put(chronicle::backend& into, std::string const& key, std::string value,
                 std::optional<version> expected, std::string write_id = {}) {
    return run(into.put_if(key, std::move(value), std::move(expected), std::move(write_id)));
  }
  /// Puts behind the simulation's back, whatever is there.
  version plant(std::string const& key, std::string value) {
    auto const before = get(*memory, key);
    auto const done = put(*memory, key, std::move(value), before ? std::optional(before->ver) : std::nullopt);
    return std::get<applied>(done).ver;
  }
  record::decoded record_of(std::string const& key) {
    auto const stored = get(*memory, key);
    BOOST_REQUIRE(stored);
    auto found = record::decode(stored->value, key);
    BOOST_REQUIRE(found);
    return std::move(*found);
  }
};

inline boost::json::object some_data() {
  return {{"coins", 100},
          {"name", "Zo\u00eb \"the\" \x01 \\ /"},
          {"ratio", 0.1},
          {"zero", 0.0},
          {"big", 1.5e300},
          {"list", {1, 2.0, nullptr, true}},
          {"empty", boost::json::object()},
          {"deep", {{"a", {{"b", {{"c", "d"}}}}}}}};
}

/// The record of a first session on `key`.
inline record::header held_by(std::string const& key, std::string const& server, wall_time_point now) {
  lease::owner const who{server, "b9a3c1de-4c8f-4f1e-9d0e-0123456789ab"};
  return lease::create(key, who, 60s, format_hash(canonical_hash(some_data())), now);
}

inline std::string describe(put_result const& outcome) {
  if (auto const* done = std::get_if<applied>(&outcome)) return "applied " + done->ver.token;
  if (auto const* other = std::get_if<conflict>(&outcome))
    return "conflict " + (other->current ? other->current->ver.token : std::string("absent"));
  if (auto const* unknown = std::get_if<indeterminate>(&outcome))
    return "indeterminate " + unknown->why.message();
  return "rejected " + std::get<rejected>(outcome).why.message();
}

inline std::string describe(result<std::optional<entry>> const& read) {
  if (!read) return "error " + read.error().message();
  if (!*read) return "absent";
  return (*read)->ver.token + ' ' + (*read)->value;
}

}  // namespace chronicle::test
