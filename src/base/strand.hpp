// The strand that operations run on.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <optional>
#include <utility>

namespace chronicle {

namespace asio = boost::asio;

/// A strand over an executor of any kind. Every coroutine, timer and handler keeps executors of type
/// `any_io_executor`, and asks them for variants of themselves all the time: over an `io_context` this one
/// has a size that fits in there, so that none of that allocates.
class strand_type : public asio::any_io_executor {
 public:
  explicit strand_type(asio::any_io_executor const& inner);
  /// `executor` itself, if it is a strand.
  static std::optional<strand_type> from(asio::any_io_executor executor);

  /// Whether the caller has been called by this strand.
  bool running_in_this_thread() const noexcept;

 private:
  struct as_it_is {};
  strand_type(asio::any_io_executor strand, as_it_is) : any_io_executor(std::move(strand)) {}
};

}  // namespace chronicle
