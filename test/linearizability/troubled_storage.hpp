// Storage that takes its time and has bad days, around the real one, and that can be told to break a promise:
// what a checker of histories has to notice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "chronicle/time_source.hpp"

namespace chronicle::linearizability {

/// What is wrong with the storage, now and then.
enum class broken_promise {
  none,
  ignores_the_condition,        ///< writes whatever the key holds
  reads_what_was,               ///< a read that misses the latest write
  loses_an_acknowledged_write,  ///< acknowledges without writing
  applies_a_repetition_twice,   ///< a write sent again under its id is a new revision
  carries_out_what_it_refuses,  ///< says that nothing was done, and did it
};
inline constexpr std::array every_broken_promise{
    broken_promise::ignores_the_condition, broken_promise::reads_what_was,
    broken_promise::loses_an_acknowledged_write, broken_promise::applies_a_repetition_twice,
    broken_promise::carries_out_what_it_refuses};
std::string_view describe(broken_promise p) noexcept;

/// While it lives, storage that a server opens is troubled. One at a time.
class storage_trouble {
 public:
  storage_trouble(std::uint64_t seed, std::shared_ptr<time_source> time, broken_promise how);
  ~storage_trouble();
  storage_trouble(storage_trouble const&) = delete;
  storage_trouble& operator=(storage_trouble const&) = delete;

  /// Operations that the real storage has not finished: its threads are at work and virtual time must wait.
  std::size_t at_work() const noexcept;

  struct state;

 private:
  std::shared_ptr<state> state_;
};

}  // namespace chronicle::linearizability
