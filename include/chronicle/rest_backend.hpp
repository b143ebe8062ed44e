// The backend that keeps records on an HTTP server which speaks our REST dialect: `chronicle-kv`, or any
// other that honours conditional requests in that way.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "chronicle/backend.hpp"
#include "chronicle/rest_options.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// A backend over HTTP/1.1 with a pool of kept-alive connections. Key `k` is `/v1/kv/{name_space}/{k}` below
/// the URL, the whole key percent-encoded into one path segment.
///
/// A write is sent at most once and ends as
/// - `applied`: 2xx with the new revision;
/// - `conflict`: 409 or 412, with the present value where the server sends it along;
/// - `rejected`, definitely not applied: no connection, any other 4xx but the 408 or 499 of an intermediary,
///   or an answer that says `X-KV-Applied: no`;
/// - `indeterminate`: everything else that can happen once a byte of the request was sent.
/// Errors are `errc::backend_unavailable`, `timeout`, `throttled`, `unauthorized`, `protocol_error`,
/// `backend_failure`, `response_too_large`, `value_too_large`, `invalid_key`, and the system's own for
/// sockets, name look-up and TLS.
///
/// I/O runs on strands of `executor`, whose context has to outlive the backend. `time` is the real time when
/// null. Throws std::invalid_argument with what `find_problem` says, and `boost::system::system_error` naming
/// the file when one of the PEM files cannot be used.
std::shared_ptr<backend> make_rest_backend(asio::any_io_executor executor, rest_options const& options,
                                           std::shared_ptr<time_source> time = nullptr);

}  // namespace chronicle
