// chronicle-kv in this process, and clients for it, connected by sockets or in memory.
#pragma once

#include <memory>
#include <optional>

#include "chronicle/backend.hpp"
#include "chronicle/kv_server/server.hpp"
#include "chronicle/message_bus.hpp"
#include "chronicle/rest_options.hpp"
#include "support/certificates.hpp"
#include "support/temporary_folder.hpp"
#include "transport/connector.hpp"
#include "transport/memory_stream.hpp"
#include "world.hpp"

namespace chronicle::conformance {

struct rest_server_setup {
  bool sqlite = false;  ///< keep records in a file; on real time, since SQLite has threads of its own
  bool tls = false;
  bool tcp = false;    ///< real sockets, on real time
  bool drops = false;  ///< bytes travel one, two, three ... at a time and take a moment
};

class rest_server {
 public:
  explicit rest_server(rest_server_setup const& setup);
  ~rest_server();

  loop& events() { return *loop_; }
  std::shared_ptr<backend> make_backend();
  std::shared_ptr<message_bus> make_bus();
  /// Resets the connections that are open, in memory; false over sockets.
  bool interrupt();

 private:
  void listen(rest_server_setup const& setup);

  std::unique_ptr<loop> loop_;
  std::shared_ptr<unsigned> interruptions_ = std::make_shared<unsigned>(0);
  bool in_memory_ = true;
  test::temporary_folder folder_;
  std::shared_ptr<connector> below_;
  rest_options client_options_;
  std::unique_ptr<kv::server> server_;
};

}  // namespace chronicle::conformance
