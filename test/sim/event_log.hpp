// Everything that happens in a simulated world, as lines of text: hashed always, kept when somebody wants to
// read them. The same seed gives the same lines, byte for byte, whatever compiled it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "chronicle/time_source.hpp"
#include "integrity/fnv1a.hpp"

namespace chronicle::sim {

class event_log {
 public:
  explicit event_log(bool print) : print_(print) {}

  /// An event of the world.
  void write(time_point now, std::string_view line) {
    auto const at = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
    hash_.update(std::to_string(at));
    hash_.update(' ');
    hash_.update(line);
    hash_.update('\n');
    ++lines_;
    remark(now, line);
  }
  /// Something for the reader that is not part of the log.
  void remark(time_point now, std::string_view line) const {
    if (!print_) return;
    auto const at = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
    std::printf("%7lld.%03lld  %.*s\n", static_cast<long long>(at / 1000), static_cast<long long>(at % 1000),
                static_cast<int>(line.size()), line.data());
  }
  bool prints() const noexcept { return print_; }
  std::uint64_t hash() const noexcept { return hash_.value(); }
  std::uint64_t lines() const noexcept { return lines_; }

 private:
  bool print_;
  fnv1a64 hash_;
  std::uint64_t lines_ = 0;
};

}  // namespace chronicle::sim
