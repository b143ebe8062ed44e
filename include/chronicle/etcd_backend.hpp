// The backend that keeps records in an etcd cluster, over its JSON gateway.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "chronicle/backend.hpp"
#include "chronicle/etcd_options.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// Key `k` is `{name_space}/kv/{k}` in etcd; a version is its `mod_revision`, which counts all writes of the
/// cluster and so never comes back. Reads are linearizable. A write is one transaction that compares the
/// `mod_revision` and brings the present record along when it differs; an erasure is one that deletes. The
/// history of a key goes back to the last compaction; that of an absent key is empty. etcd knows no ages and
/// no write ids.
///
/// A request goes to the first member that can be reached. What changes nothing is asked of the next one when
/// a member fails to answer. A write is never sent to another one once a byte of it was sent; it ends as
/// - `applied`: the transaction succeeded;
/// - `conflict`, with the present value, or none if the key is absent: it did not;
/// - `rejected`, definitely not applied: no member could be reached, or etcd says so by the gRPC codes
///   invalid argument, not found, permission denied, resource exhausted, out of range and unauthenticated
///   (that one after one attempt to renew the token), or an intermediary by a 4xx;
/// - `indeterminate`: everything else. A `503` or `504` of etcd means nothing: the write may be carried out
///   when its members find together again.
/// Errors are as those of `make_rest_backend`; `errc::backend_failure` with `rejected` is a full database.
///
/// I/O runs on strands of `executor`, whose context has to outlive the backend; operations under way go on
/// when the backend is destroyed. `time` is the real time when null. Throws std::invalid_argument with what
/// `find_problem` says, and `boost::system::system_error` naming the file when one of the PEM files cannot be
/// used.
std::shared_ptr<backend> make_etcd_backend(asio::any_io_executor executor, etcd_options const& options,
                                           std::shared_ptr<time_source> time = nullptr);

}  // namespace chronicle
