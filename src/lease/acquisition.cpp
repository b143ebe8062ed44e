#include "lease/acquisition.hpp"

namespace chronicle::lease {

acquire_decision decide_acquire(header const* read, lease_evidence const& evidence,
                                lease_options const& options, std::string const& our_server) {
  if (!read) return {acquire_step::create};
  if (read->lease.state == record::lease_state::released) return {acquire_step::take_free};
  if (read->lease.server == our_server) return {acquire_step::take_orphan};
  expiry_rule const rule = judge_expiry(read->lease, evidence, options);
  if (rule != expiry_rule::none) return {acquire_step::take_expired, rule};
  return {acquire_step::challenge};
}

bool owner_wrote_meanwhile(header const& before, header const& now) {
  return now.lease.state == record::lease_state::held && now.lease.session == before.lease.session &&
         now.lease.generation == before.lease.generation &&
         (now.lease.seq != before.lease.seq || now.commit.index != before.commit.index);
}

}  // namespace chronicle::lease
