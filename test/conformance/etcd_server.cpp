#include "etcd_server.hpp"

#include <boost/asio/error.hpp>
#include <set>

#include "backend/etcd_backend.hpp"
#include "backend/etcd_bus.hpp"
#include "support/etcd_process.hpp"
#include "transport/tcp.hpp"

namespace chronicle::conformance {

/// Knows the streams that are open, and can break them.
class breakable_connector final : public connector, public std::enable_shared_from_this<breakable_connector> {
 public:
  asio::awaitable<result<std::unique_ptr<byte_stream>>> connect(endpoint to,
                                                                asio::any_io_executor executor) override {
    auto const self = shared_from_this();
    auto connecting = below_->connect(std::move(to), std::move(executor));
    auto opened = co_await std::move(connecting);
    if (!opened) co_return opened.error();
    co_return std::make_unique<stream>(self, std::move(*opened));
  }

  void break_all() {
    for (auto* const one : open_) one->break_down();
  }

 private:
  class stream final : public byte_stream {
   public:
    stream(std::shared_ptr<breakable_connector> from, std::unique_ptr<byte_stream> below)
        : from_(std::move(from)), below_(std::move(below)) {
      from_->open_.insert(this);
    }
    ~stream() override { from_->open_.erase(this); }

    asio::any_io_executor get_executor() const override { return below_->get_executor(); }
    void read_some(asio::mutable_buffer into, io_handler handler) override {
      below_->read_some(into, std::move(handler));
    }
    void write_some(const_buffers from, io_handler handler) override {
      below_->write_some(from, std::move(handler));
    }
    asio::awaitable<error_code> shutdown() override { return below_->shutdown(); }
    void close() noexcept override { below_->close(); }
    bool is_quiet() override { return below_->is_quiet(); }

    void break_down() { below_->close(); }

   private:
    std::shared_ptr<breakable_connector> from_;
    std::unique_ptr<byte_stream> below_;
  };

  std::shared_ptr<connector> below_ = make_tcp_connector();
  std::set<stream*> open_;
};

namespace {

test::etcd_process& shared_process() {
  static test::etcd_process process;
  return process;
}

}  // namespace

bool etcd_server::is_installed() {
  static bool const found = test::find_etcd().has_value();
  return found;
}

etcd_options etcd_server::make_options() {
  static int servers = 0;
  etcd_options options;
  options.endpoints = {shared_process().url()};
  options.name_space = "conformance-" + std::to_string(++servers);
  return options;
}

etcd_server::etcd_server() : below_(std::make_shared<breakable_connector>()) {}

etcd_server::~etcd_server() = default;

std::shared_ptr<backend> etcd_server::make_backend() {
  return make_etcd_backend_over(below_, loop_->executor(), options_, loop_->time());
}

std::shared_ptr<message_bus> etcd_server::make_bus() {
  return make_etcd_bus_over(below_, loop_->executor(), options_, etcd_bus_options(), loop_->time(),
                            make_seeded_random_source(1));
}

void etcd_server::interrupt() {
  below_->break_all();
}

}  // namespace chronicle::conformance
