#include "rest_server.hpp"

#include <algorithm>

#include "backend/rest_backend.hpp"
#include "transport/tcp.hpp"

namespace chronicle::conformance {
namespace {

/// Lets bytes through one, two, three ... at a time, up to some thousand and over again; every piece a moment
/// later.
class dripping_wire final : public wire {
 public:
  fate carry(std::string_view bytes) override {
    next_ = next_ % 4999 + 1;
    return {std::min(next_, bytes.size()), std::chrono::microseconds(10), false};
  }

 private:
  std::size_t next_ = 0;
};

std::shared_ptr<memory_network> make_network(std::shared_ptr<time_source> time, bool drops) {
  return std::make_shared<memory_network>([time, drops](endpoint const&) {
    memory_link link;
    if (drops) {
      link.time = time;
      link.to_server = std::make_shared<dripping_wire>();
      link.to_client = std::make_shared<dripping_wire>();
    }
    return link;
  });
}

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
    below_ = make_tcp_connector();
    client_options_.url = scheme + "127.0.0.1:" + std::to_string(server_->listen("127.0.0.1", 0));
  } else {
    auto const network = make_network(loop_->time(), setup.drops);
    server_->serve(network->listen({"kv.test", 80}, loop_->executor()).value());
    below_ = network;
    client_options_.url = scheme + "kv.test:80";
  }
}

std::shared_ptr<backend> rest_server::make_backend() {
  return make_rest_backend_over(below_, loop_->executor(), client_options_, loop_->time());
}

}  // namespace chronicle::conformance
