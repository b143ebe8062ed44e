// A duplex stream of bytes behind one type: TCP, TLS or a pair in memory. Beast's algorithms are instantiated
// for `any_stream` alone, whatever the bytes travel on.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/container/static_vector.hpp>
#include <cstddef>
#include <memory>
#include <utility>

#include "chronicle/error.hpp"

namespace chronicle {

namespace asio = boost::asio;

/// A stream belongs to one executor: at most one read and one write are under way, and every call, handler
/// and cancellation runs on the executor of the stream or is otherwise serialised by its user.
class byte_stream {
 public:
  using io_handler = asio::any_completion_handler<void(error_code, std::size_t)>;
  /// Buffers to write from, a value of its own: implementations keep it while they write.
  using const_buffers = boost::container::static_vector<asio::const_buffer, 16>;

  /// Closes.
  virtual ~byte_stream() = default;

  virtual asio::any_io_executor get_executor() const = 0;

  /// Reads at least one byte into `into` (none if it is empty), or fails; `asio::error::eof` once the peer
  /// has ended its side. Never calls the handler inline; any cancellation type on its slot ends the read with
  /// `operation_aborted`.
  virtual void read_some(asio::mutable_buffer into, io_handler handler) = 0;

  /// Writes at least one byte of `from` (none if it is empty), or fails. Otherwise as `read_some`; after a
  /// cancelled write the stream is good for nothing but `close`.
  virtual void write_some(const_buffers from, io_handler handler) = 0;

  /// Writes what goes without waiting and returns how much that was. None after a failure, which the next
  /// `write_some` tells of, nor where nothing can be written like that.
  virtual std::size_t try_write_some(const_buffers const& /*from*/) { return 0; }

  /// Says goodbye: TLS close_notify, then the end of our side. Waits for the peer, so give it a deadline;
  /// close afterwards. Cancellable (terminal).
  virtual asio::awaitable<error_code> shutdown() = 0;

  /// Ends both sides at once; operations under way complete with `operation_aborted`.
  virtual void close() noexcept = 0;

  /// True when the stream is open and the peer has sent nothing that was not read, not even its end: an idle
  /// connection may be used again. Never blocks.
  virtual bool is_quiet() = 0;
};

/// Owns a `byte_stream` and is an AsyncStream in Beast's sense.
class any_stream {
 public:
  using executor_type = asio::any_io_executor;

  explicit any_stream(std::unique_ptr<byte_stream> stream) : stream_(std::move(stream)) {}

  executor_type get_executor() const { return stream_->get_executor(); }
  byte_stream& bytes() noexcept { return *stream_; }

  template <class MutableBuffers, class Token>
  auto async_read_some(MutableBuffers const& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [stream = stream_.get()](byte_stream::io_handler handler, asio::mutable_buffer into) {
          stream->read_some(into, std::move(handler));
        },
        token, first_of(buffers));
  }

  template <class ConstBuffers, class Token>
  auto async_write_some(ConstBuffers const& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [stream = stream_.get()](byte_stream::io_handler handler, byte_stream::const_buffers from) {
          stream->write_some(std::move(from), std::move(handler));
        },
        token, gather(buffers));
  }

 private:
  template <class MutableBuffers>
  static asio::mutable_buffer first_of(MutableBuffers const& buffers) {
    auto const end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end; ++it) {
      asio::mutable_buffer const buffer(*it);
      if (buffer.size() > 0) return buffer;
    }
    return {};
  }

  template <class ConstBuffers>
  static byte_stream::const_buffers gather(ConstBuffers const& buffers) {
    byte_stream::const_buffers gathered;
    auto const end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end && gathered.size() < gathered.capacity();
         ++it) {
      asio::const_buffer const buffer(*it);
      if (buffer.size() > 0) gathered.push_back(buffer);
    }
    return gathered;
  }

  std::unique_ptr<byte_stream> stream_;
};

}  // namespace chronicle
