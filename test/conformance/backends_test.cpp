// The backend conformance suite over every engine. A new engine is one more line in `engines`.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "../../examples/custom_backend/file_backend.hpp"
#include "backend_cases.hpp"
#include "chronicle/memory_backend.hpp"
#include "chronicle/simulation.hpp"
#include "etcd_server.hpp"
#include "rest_server.hpp"
#include "support/temporary_folder.hpp"

namespace chronicle::conformance {
namespace {

/// A backend that needs nothing but a loop on virtual time; `Make` makes it anew for every case.
template <std::shared_ptr<backend> (*Make)(loop&)>
class simple_world final : public backend_world {
 public:
  loop& events() override { return *loop_; }
  backend& store() override { return *store_; }

 private:
  std::unique_ptr<loop> loop_ = make_virtual_loop();
  std::shared_ptr<backend> store_ = Make(*loop_);
};

/// A backend and the server behind it.
template <class Server, auto... Setup>
class served_world final : public backend_world {
 public:
  loop& events() override { return server_.events(); }
  backend& store() override { return *store_; }

 private:
  Server server_{Setup...};
  std::shared_ptr<backend> store_ = server_.make_backend();
};

struct engine {
  char const* name;
  std::unique_ptr<backend_world> (*make)();
};
std::ostream& operator<<(std::ostream& out, engine const& e) {
  return out << e.name;
}

template <std::shared_ptr<backend> (*Make)(loop&)>
std::unique_ptr<backend_world> simple() {
  return std::make_unique<simple_world<Make>>();
}

template <rest_server_setup Setup>
std::unique_ptr<backend_world> over_rest() {
  return std::make_unique<served_world<rest_server, Setup>>();
}

/// No world where etcd is not installed.
std::unique_ptr<backend_world> over_etcd() {
  return etcd_server::is_installed() ? std::make_unique<served_world<etcd_server>>() : nullptr;
}

std::shared_ptr<backend> make_memory(loop& l) {
  return make_memory_backend(l.time());
}

/// Fair weather but slow: what decorates a backend must be one.
std::shared_ptr<backend> make_slow_memory(loop& l) {
  simulation_options slow;
  slow.latency = std::chrono::milliseconds{20};
  return make_simulated_backend(make_memory(l), slow, l.time());
}

/// The example of a backend of one's own, on a file that goes with it.
std::shared_ptr<backend> make_file(loop&) {
  struct on_file {
    test::temporary_folder folder;
    file_backend store{folder.file("records")};
  };
  auto const made = std::make_shared<on_file>();
  return {made, &made->store};
}

engine const engines[] = {
    {"memory", simple<make_memory>},
    {"memory, simulated latency", simple<make_slow_memory>},
    {"a file", simple<make_file>},
    {"REST, memory storage", over_rest<rest_server_setup{}>},
    {"REST, memory storage, bytes in drops", over_rest<rest_server_setup{.drops = true}>},
    {"REST, memory storage, TLS", over_rest<rest_server_setup{.tls = true}>},
    {"REST, SQLite storage", over_rest<rest_server_setup{.sqlite = true}>},
    {"REST, SQLite storage, TCP and TLS",
     over_rest<rest_server_setup{.sqlite = true, .tls = true, .tcp = true}>},
    {"etcd", over_etcd},
};

BOOST_DATA_TEST_CASE(backends,
                     boost::unit_test::data::make(engines) * boost::unit_test::data::make(backend_cases()),
                     how, what) {
  auto const world = how.make();
  if (world) what.run(*world);
}

}  // namespace
}  // namespace chronicle::conformance
