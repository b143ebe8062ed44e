// The backend conformance suite over every engine. A new engine is one more line in `engines`.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "backend_cases.hpp"
#include "chronicle/memory_backend.hpp"
#include "chronicle/simulation.hpp"
#include "etcd_server.hpp"
#include "rest_server.hpp"

namespace chronicle::conformance {
namespace {

class memory_world final : public backend_world {
 public:
  loop& events() override { return *loop_; }
  backend& store() override { return *store_; }

 private:
  std::unique_ptr<loop> loop_ = make_virtual_loop();
  std::shared_ptr<backend> store_ = make_memory_backend(loop_->time());
};

/// Fair weather but slow: what decorates a backend must be one.
class simulated_world final : public backend_world {
 public:
  loop& events() override { return *loop_; }
  backend& store() override { return *store_; }

 private:
  static simulation_options slow() {
    simulation_options o;
    o.latency = std::chrono::milliseconds{20};
    return o;
  }

  std::unique_ptr<loop> loop_ = make_virtual_loop();
  std::shared_ptr<backend> store_ =
      make_simulated_backend(make_memory_backend(loop_->time()), slow(), loop_->time());
};

/// The REST backend and chronicle-kv, connected in some way.
class rest_world final : public backend_world {
 public:
  explicit rest_world(rest_server_setup const& setup) : server_(setup), store_(server_.make_backend()) {}
  loop& events() override { return server_.events(); }
  backend& store() override { return *store_; }

 private:
  rest_server server_;
  std::shared_ptr<backend> store_;
};

class etcd_world final : public backend_world {
 public:
  loop& events() override { return server_.events(); }
  backend& store() override { return *store_; }

 private:
  etcd_server server_;
  std::shared_ptr<backend> store_ = server_.make_backend();
};

/// An engine that cannot be had here makes no world.
struct engine {
  char const* name;
  std::unique_ptr<backend_world> (*make)();
};
std::ostream& operator<<(std::ostream& out, engine const& e) {
  return out << e.name;
}

template <rest_server_setup Setup>
std::unique_ptr<backend_world> make_rest() {
  return std::make_unique<rest_world>(Setup);
}

engine const engines[] = {
    {"memory", []() -> std::unique_ptr<backend_world> { return std::make_unique<memory_world>(); }},
    {"memory, simulated latency",
     []() -> std::unique_ptr<backend_world> { return std::make_unique<simulated_world>(); }},
    {"REST, memory storage", make_rest<rest_server_setup{}>},
    {"REST, memory storage, bytes in drops", make_rest<rest_server_setup{.drops = true}>},
    {"REST, memory storage, TLS", make_rest<rest_server_setup{.tls = true}>},
    {"REST, SQLite storage", make_rest<rest_server_setup{.sqlite = true}>},
    {"REST, SQLite storage, TCP and TLS",
     make_rest<rest_server_setup{.sqlite = true, .tls = true, .tcp = true}>},
    {"etcd",
     []() -> std::unique_ptr<backend_world> {
       return etcd_server::is_installed() ? std::make_unique<etcd_world>() : nullptr;
     }},
};

BOOST_DATA_TEST_CASE(backends,
                     boost::unit_test::data::make(engines) * boost::unit_test::data::make(backend_cases()),
                     how, what) {
  auto const world = how.make();
  if (world) what.run(*world);
}

}  // namespace
}  // namespace chronicle::conformance
