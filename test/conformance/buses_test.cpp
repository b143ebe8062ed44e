// The bus conformance suite over every message bus. A new bus is one more line in `buses`.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "bus_cases.hpp"
#include "chronicle/in_process_bus.hpp"
#include "etcd_server.hpp"
#include "rest_server.hpp"

namespace chronicle::conformance {
namespace {

class in_process_world final : public bus_world {
 public:
  loop& events() override { return *loop_; }
  message_bus& bus() override { return *bus_; }

 private:
  std::unique_ptr<loop> loop_ = make_virtual_loop();
  std::shared_ptr<message_bus> bus_ = make_in_process_bus();
};

class rest_world final : public bus_world {
 public:
  explicit rest_world(rest_server_setup const& setup) : server_(setup), bus_(server_.make_bus()) {}
  loop& events() override { return server_.events(); }
  message_bus& bus() override { return *bus_; }
  bool interrupt() override { return server_.interrupt(); }

 private:
  rest_server server_;
  std::shared_ptr<message_bus> bus_;
};

class etcd_world final : public bus_world {
 public:
  loop& events() override { return server_.events(); }
  message_bus& bus() override { return *bus_; }
  bool interrupt() override {
    server_.interrupt();
    return true;
  }

 private:
  etcd_server server_;
  std::shared_ptr<message_bus> bus_ = server_.make_bus();
};

/// A bus that cannot be had here makes no world.
struct named_bus {
  char const* name;
  std::unique_ptr<bus_world> (*make)();
};
std::ostream& operator<<(std::ostream& out, named_bus const& b) {
  return out << b.name;
}

template <rest_server_setup Setup>
std::unique_ptr<bus_world> make_rest() {
  return std::make_unique<rest_world>(Setup);
}

named_bus const buses[] = {
    {"in process", []() -> std::unique_ptr<bus_world> { return std::make_unique<in_process_world>(); }},
    {"REST", make_rest<rest_server_setup{}>},
    {"REST, bytes in drops", make_rest<rest_server_setup{.drops = true}>},
    {"REST, TCP and TLS", make_rest<rest_server_setup{.tls = true, .tcp = true}>},
    {"etcd",
     []() -> std::unique_ptr<bus_world> {
       return etcd_server::is_installed() ? std::make_unique<etcd_world>() : nullptr;
     }},
};

BOOST_DATA_TEST_CASE(message_buses,
                     boost::unit_test::data::make(buses) * boost::unit_test::data::make(bus_cases()), how,
                     what) {
  auto const world = how.make();
  if (world) what.run(*world);
}

}  // namespace
}  // namespace chronicle::conformance
