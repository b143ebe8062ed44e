// chronicle-kv as a part of another program: a key-value store with compare-and-swap and message topics,
// served over HTTP. The program `chronicle-kv` is this class with a command line.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "chronicle/error.hpp"
#include "chronicle/kv_server/setup_error.hpp"
#include "chronicle/log.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {
class byte_stream;
class listener;
}  // namespace chronicle

namespace chronicle::kv {

/// What a server is asked to be. The defaults serve from memory, to this machine alone.
struct server_options {
  /// SQLite file that holds the records; created when it does not exist. Empty: memory, gone with the server.
  std::string database;
  /// The file was just restored from a backup: revisions that were given out after the backup was made are
  /// skipped, so that no client takes a new revision for one it has seen, and records count as written just
  /// now, so that every lease in the backup lasts as long as its owner may believe. Set it for the first
  /// start after restoring.
  bool restored_from_backup = false;
  /// Largest size of the database file in bytes; beyond it writes are answered with 507. 0: as the disk
  /// allows.
  std::uint64_t max_database_bytes = 0;
  /// Revisions kept per key, the newest included; 1 to 1,000,000.
  std::size_t versions = 16;
  /// How long after its erasure a key and its history are forgotten. 0 to 100 years.
  std::chrono::hours keep_tombstones{24 * 30};

  /// What clients have to send as `Authorization: Bearer`. Empty: everybody may do everything, and only
  /// loopback addresses can be listened on. Without white space.
  std::string token;
  /// Certificate chain and private key, PEM files. Both or none; with them listeners speak TLS.
  std::string tls_certificate_file;
  std::string tls_key_file;  ///< see `tls_certificate_file`

  /// Certificate authorities, a PEM file; with it clients need a certificate signed by one of them.
  std::string tls_client_ca_file;

  /// Beyond it those have to go whose clients keep the server waiting longest: idle, or slow to send or take.
  /// At least 1.
  std::size_t max_connections = 10'000;
  std::size_t max_header_bytes = 16 * 1024;       ///< request line and header fields; 1 KiB to 1 MiB
  std::size_t max_value_bytes = 4 * 1024 * 1024;  ///< of one value; 1 byte to 256 MiB
  std::size_t max_message_bytes = 64 * 1024;      ///< published to a topic; 1 byte to 1 MiB
  std::size_t max_key_bytes = 512;                ///< of a key, a namespace or a topic; 1 to 512
  std::size_t max_topics = 4096;                  ///< kept at a time; at least 1
  std::chrono::seconds max_wait{60};              ///< longest long poll; up to 1 h

  // 1 ms to 24 h each.
  std::chrono::milliseconds idle_timeout{75'000};  ///< between two requests of a connection
  std::chrono::milliseconds head_timeout{
      10'000};  ///< from the first byte of a request to the end of its head
  std::chrono::milliseconds body_timeout{30'000};   ///< from there to the end of its body
  std::chrono::milliseconds write_timeout{30'000};  ///< for the client to take an answer
  /// Between two signs of life of an event stream; less than the clients' `rest_bus_options::silence_limit`.
  std::chrono::milliseconds heartbeat{10'000};

  /// Null: the clocks of the system.
  std::shared_ptr<time_source> time;
  /// Empty: nothing is logged.
  log_sink log;
  log_level log_threshold = log_level::info;  ///< quieter lines are not made

  server_options() = default;
};

/// The first thing that is wrong with `options`, as a sentence that names it; empty when nothing is.
std::string find_problem(server_options const& options);

/// A running server. Construct it, tell it where to listen, and run its execution context.
///
/// Threads: the members may be called from any thread. Connections run on strands of their own over the
/// executor, so a context that is run by several threads serves several requests at a time. With memory
/// storage and one thread everything the server does is determined by the order of events, on virtual time
/// too.
///
/// Lifetime: destroy the server before the execution context that its executor belongs to.
class server {
 public:
  using executor_type = asio::any_io_executor;  ///< of `get_executor`

  /// Opens the storage. Throws `setup_error` when that or an option does not work.
  server(asio::any_io_executor executor, server_options const& options);

  /// Cuts all connections and closes the storage; what was acknowledged is on disk.
  ~server();
  server(server const&) = delete;
  server& operator=(server const&) = delete;

  /// As given to the constructor.
  executor_type get_executor() const { return executor_; }

  /// Listens on a TCP address (not a host name); port 0 takes a free one. Returns the port. Throws
  /// `setup_error` when the address cannot be had, or when others than this machine could reach it and there
  /// is no token.
  std::uint16_t listen(std::string const& address, std::uint16_t port);

  /// For this project's tests, as is the next: the type is in no installed header. Accepts from a listener of
  /// the caller's, such as one of a simulated network.
  void serve(std::unique_ptr<listener> source);

  /// Serves one connection. For this project's tests.
  void serve(std::unique_ptr<byte_stream> connection);

  /// Stops gracefully: listens no more, answers the requests whose head has arrived, ends event streams
  /// and long polls, closes all other connections, and after `patience` cuts those that are left; then
  /// flushes and closes the storage. Those that were cut may take another 5 s to end.
  ///
  /// Handler: `void(error_code, std::size_t cut)`, the number of connections that had to be cut. The error is
  /// always clear unless stopping was begun before, then it is `errc::shutting_down`. Not cancellable. The
  /// handler runs on its associated executor, by default the server's, and never inline.
  template <class Token = asio::deferred_t>
  auto async_stop(std::chrono::milliseconds patience, Token&& token = {}) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(initiate_stop{this}, token, patience);
  }

 private:
  class core;
  using stop_handler = asio::any_completion_handler<void(error_code, std::size_t)>;

  struct initiate_stop {
    using executor_type = asio::any_io_executor;
    server* self;
    executor_type get_executor() const noexcept { return self->executor_; }
    void operator()(stop_handler handler, std::chrono::milliseconds patience) const {
      self->stop(patience, std::move(handler));
    }
  };
  void stop(std::chrono::milliseconds patience, stop_handler handler);

  asio::any_io_executor executor_;
  std::shared_ptr<core> core_;
};

}  // namespace chronicle::kv
