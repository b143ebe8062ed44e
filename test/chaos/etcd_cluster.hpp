// A cluster of real etcd members on loopback that can be stopped, killed and started again one by one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chaos/judge.hpp"
#include "support/etcd_process.hpp"

namespace chronicle::chaos {

class etcd_cluster {
 public:
  /// Ready for clients once it is constructed. Throws when it does not start.
  explicit etcd_cluster(std::size_t size);

  std::size_t size() const noexcept { return members_.size(); }
  std::uint16_t port(std::size_t member) const { return members_[member]->port(); }

  /// SIGSTOP and SIGCONT.
  void freeze(std::size_t member);
  void thaw(std::size_t member);
  /// SIGKILL, and a new process on the same data. The others must run.
  void kill(std::size_t member);
  void revive(std::size_t member);

  /// Nothing during an election. All members must be running; throws when one does not answer.
  std::optional<std::size_t> find_leader() const;
  /// How many times keys that begin with `prefix` were written, as far as the first member knows.
  std::int64_t count_writes(std::string const& prefix) const;

  /// Everything that was ever written to keys that begin with `prefix`, oldest first, as a watch from
  /// revision 1 tells it; the prefix is taken off. Writes one key more to know where the end is. Throws when
  /// etcd has compacted.
  std::vector<revision> read_history(std::string const& prefix) const;

 private:
  std::vector<std::unique_ptr<test::etcd_process>> members_;
};

}  // namespace chronicle::chaos
