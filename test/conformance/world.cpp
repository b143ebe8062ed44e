#include "world.hpp"

#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "support/virtual_context.hpp"

namespace chronicle::conformance {
namespace {

class virtual_loop final : public loop {
 public:
  asio::any_io_executor executor() override { return world_.executor(); }
  std::shared_ptr<time_source> time() override { return world_.shared_time(); }
  void run_until(std::function<bool()> const& done) override { world_.run_until(done); }
  bool is_virtual() const override { return true; }
  void run_for(std::chrono::milliseconds how_long) override { world_.run_for(how_long); }

 private:
  test::virtual_context world_;
};

class real_loop final : public loop {
 public:
  asio::any_io_executor executor() override { return context_.get_executor(); }
  std::shared_ptr<time_source> time() override { return time_; }

  void run_until(std::function<bool()> const& done) override {
    auto const give_up = time_->now() + std::chrono::minutes(1);
    while (!done()) {
      context_.restart();
      context_.run_one_until(std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
      if (time_->now() > give_up) throw std::runtime_error("it takes longer than a minute");
    }
  }

  bool is_virtual() const override { return false; }
  void run_for(std::chrono::milliseconds how_long) override {
    context_.restart();
    context_.run_for(how_long);
  }

 private:
  std::shared_ptr<time_source> time_ = make_real_time_source();
  asio::io_context context_;
};

}  // namespace

std::unique_ptr<loop> make_virtual_loop() {
  return std::make_unique<virtual_loop>();
}
std::unique_ptr<loop> make_real_loop() {
  return std::make_unique<real_loop>();
}

}  // namespace chronicle::conformance
