#include "rest_server.hpp"

#include <algorithm>

#include "backend/rest_backend.hpp"
#include "backend/rest_bus.hpp"
#include "transport/tcp.hpp"

namespace chronicle::conformance {
namespace {

/// Cuts the connection at the first byte after an interruption. May let bytes through one, two, three ... at
/// a time, up to 50,000 and over again, every piece a moment later.
class test_wire final : public wire {
 public:
  test_wire(bool drops, std::shared_ptr<unsigned> interruptions)
      : drops_(drops), interruptions_(std::move(interruptions)), seen_(*interruptions_) {}

  fate carry(std::string_view bytes) override {
    if (*interruptions_ != seen_) return {0, {}, true};
    if (!drops_) return {bytes.size(), {}, false};
    next_ = next_ % 49999 + 1;
    return {std::min(next_, bytes.size()), std::chrono::microseconds(10), false};
  }

 private:
  bool drops_;
  std::shared_ptr<unsigned> interruptions_;
  unsigned seen_;
  std::size_t next_ = 0;
};

}  // namespace

rest_server::rest_server(rest_server_setup const& setup)
    : loop_(setup.sqlite || setup.tcp ? make_real_loop() : make_virtual_loop()) {
  kv::server_options options;
  options.time = loop_->time();
  options.token = client_options_.bearer_token = "conformance";
  if (setup.sqlite) options.database = folder_.file("kv.db");
  if (setup.tls) {
    test::certificate_authority const authority("conformance");
    auto const identity = authority.issue("DNS:kv.test,IP:127.0.0.1");
    options.tls_certificate_file = folder_.write("server.pem", identity.certificate);
    options.tls_key_file = folder_.write("server.key", identity.key);
    client_options_.ca_file = folder_.write("ca.pem", authority.certificate());
  }
  server_ = std::make_unique<kv::server>(loop_->executor(), options);
  listen(setup);
}

rest_server::~rest_server() = default;

void rest_server::listen(rest_server_setup const& setup) {
  std::string const scheme = setup.tls ? "https://" : "http://";
  if (setup.tcp) {
    in_memory_ = false;
    below_ = make_tcp_connector();
    client_options_.url = scheme + "127.0.0.1:" + std::to_string(server_->listen("127.0.0.1", 0));
  } else {
    auto const network = std::make_shared<memory_network>(
        [time = loop_->time(), drops = setup.drops, interruptions = interruptions_](endpoint const&) {
          memory_link link;
          link.time = time;
          link.to_server = std::make_shared<test_wire>(drops, interruptions);
          link.to_client = std::make_shared<test_wire>(drops, interruptions);
          return link;
        });
    server_->serve(network->listen({"kv.test", 80}, loop_->executor()).value());
    below_ = network;
    client_options_.url = scheme + "kv.test:80";
  }
}

std::shared_ptr<backend> rest_server::make_backend() {
  return make_rest_backend_over(below_, loop_->executor(), client_options_, loop_->time());
}

std::shared_ptr<message_bus> rest_server::make_bus() {
  return make_rest_bus_over(below_, loop_->executor(), client_options_, rest_bus_options(), loop_->time(),
                            make_seeded_random_source(1));
}

bool rest_server::interrupt() {
  ++*interruptions_;
  return in_memory_;
}

}  // namespace chronicle::conformance
