// The strand that operations run on.
#pragma once

#include <boost/asio/any_io_executor.hpp>

namespace chronicle {

namespace asio = boost::asio;

/// A strand over an executor of any kind. Every coroutine, timer and handler keeps executors of type
/// `any_io_executor`, and asks them for variants of themselves all the time: over an `io_context` this one
/// has a size that fits in there, so that none of that allocates.
class strand_type : public asio::any_io_executor {
 public:
  explicit strand_type(asio::any_io_executor const& inner);

  /// Whether the caller has been called by this strand.
  bool running_in_this_thread() const noexcept;
};

}  // namespace chronicle
