// Reads from and writes to a byte stream in a test's coroutine, without exceptions.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <string>
#include <tuple>

#include "transport/byte_stream.hpp"

namespace chronicle::test {

struct io_result {
  error_code ec;
  std::string bytes;     ///< what was read
  std::size_t size = 0;  ///< how many bytes were read or written
  io_result() = default;
};

inline asio::awaitable<io_result> read(byte_stream& stream, std::size_t at_most = 4096) {
  io_result out;
  out.bytes.resize(at_most);
  auto operation =
      asio::async_initiate<asio::as_tuple_t<asio::deferred_t> const, void(error_code, std::size_t)>(
          [&stream, into = asio::buffer(out.bytes)](byte_stream::io_handler handler) {
            stream.read_some(into, std::move(handler));
          },
          asio::as_tuple(asio::deferred));
  std::tie(out.ec, out.size) = co_await std::move(operation);
  out.bytes.resize(out.size);
  co_return out;
}

/// Writes some of `text`, as the stream likes.
inline asio::awaitable<io_result> write_some(byte_stream& stream, std::string_view text) {
  io_result out;
  byte_stream::const_buffers buffers;
  buffers.push_back(asio::buffer(text));
  auto operation =
      asio::async_initiate<asio::as_tuple_t<asio::deferred_t> const, void(error_code, std::size_t)>(
          [&stream, buffers](byte_stream::io_handler handler) {
            stream.write_some(buffers, std::move(handler));
          },
          asio::as_tuple(asio::deferred));
  std::tie(out.ec, out.size) = co_await std::move(operation);
  co_return out;
}

/// Writes all of `text` or as much as goes before an error.
inline asio::awaitable<io_result> write(byte_stream& stream, std::string text) {
  io_result out;
  while (!out.ec && out.size < text.size()) {
    auto const some = co_await write_some(stream, std::string_view(text).substr(out.size));
    out.ec = some.ec;
    out.size += some.size;
  }
  co_return out;
}

}  // namespace chronicle::test
