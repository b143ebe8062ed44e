#include "lease/transitions.hpp"

#include <utility>

namespace chronicle::lease {

header create(std::string key, owner const& who, milliseconds duration, std::string data_hash,
              wall_time_point now) {
  header made;
  made.key = std::move(key);
  made.lease.state = record::lease_state::held;
  made.lease.server = who.server;
  made.lease.session = who.session;
  made.lease.generation = 1;
  made.lease.duration = duration;
  made.lease.expires_at = now + duration;
  made.lease.seq = 1;
  made.commit.index = 1;
  made.commit.session = who.session;
  made.commit.generation = 1;
  made.commit.hash = std::move(data_hash);
  made.metadata.created_at = now;
  made.metadata.updated_at = now;
  made.metadata.sessions = 1;
  return made;
}

header acquire(header const& from, owner const& who, milliseconds duration, wall_time_point now) {
  header made = from;
  if (made.lineage.size() >= record::lineage_limit) made.lineage.erase(made.lineage.begin());
  record::lineage_entry previous;
  previous.generation = from.lease.generation;
  previous.session = from.lease.session;
  previous.final_commit = from.commit.index;
  made.lineage.push_back(std::move(previous));

  made.lease.state = record::lease_state::held;
  made.lease.server = who.server;
  made.lease.session = who.session;
  made.lease.generation = from.lease.generation + 1;
  made.lease.duration = duration;
  made.lease.expires_at = now + duration;
  made.lease.seq = 1;
  made.lease.fence.clear();
  ++made.metadata.sessions;
  return made;
}

header renew(header const& from, std::uint64_t seq, wall_time_point now) {
  header made = from;
  made.lease.seq = seq;
  made.lease.expires_at = now + made.lease.duration;
  made.lease.fence.clear();
  return made;
}

header save(header const& from, std::uint64_t seq, std::uint64_t commit_index, std::string data_hash,
            wall_time_point now) {
  header made = renew(from, seq, now);
  made.commit.index = commit_index;
  made.commit.session = from.lease.session;
  made.commit.generation = from.lease.generation;
  made.commit.parent = from.commit.hash;
  made.commit.hash = std::move(data_hash);
  made.metadata.updated_at = now;
  return made;
}

header release(header from) {
  from.lease.state = record::lease_state::released;
  return from;
}

header touch(header from, std::string fence) {
  from.lease.fence = std::move(fence);
  return from;
}

}  // namespace chronicle::lease
