#include "chronicle/store.hpp"

#include <boost/asio/detached.hpp>
#include <stdexcept>

#include "base/launch.hpp"
#include "session/store_impl.hpp"

namespace chronicle {

char const* to_string(store_mode mode) noexcept {
  switch (mode) {
    case store_mode::production: return "production";
    case store_mode::simulation: return "simulation";
    case store_mode::unavailable: return "unavailable";
  }
  return "unknown";
}

store::store(asio::any_io_executor executor, std::string name, store_options options) {
  std::string problem = find_problem(options);
  if (problem.empty() && (check_key(name, 64) || name.find('/') != std::string::npos))
    problem = "name: must be 1 to 64 bytes of UTF-8 without '/' and NUL";
  if (!problem.empty()) throw std::invalid_argument("chronicle::store: " + problem);
  impl_ = std::make_shared<detail::store_impl>(std::move(executor), std::move(name), std::move(options));
  impl_->open();
  close_when_last_ = std::shared_ptr<void>(nullptr, [impl = impl_](void*) {
    asio::co_spawn(impl->ctx().strand, detail::store_impl::close(impl), asio::detached);
  });
}

store::~store() = default;

store::executor_type store::get_executor() const noexcept {
  return impl_->ctx().strand;
}
std::string const& store::name() const noexcept {
  return impl_->ctx().name;
}
std::string const& store::server_id() const noexcept {
  return impl_->ctx().server_id;
}

store_status store::status() const {
  return impl_->status();
}
store_metrics store::metrics() const {
  return impl_->metrics();
}

store::executor_type store::initiate_start::get_executor() const noexcept {
  return impl->ctx().strand;
}
void store::initiate_start::operator()(asio::any_completion_handler<void(error_code, profile)> handler,
                                       std::string key) const {
  launch(impl->ctx().strand, impl->ctx().executor, detail::store_impl::start_session(impl, std::move(key)),
         std::move(handler));
}

store::executor_type store::initiate_close::get_executor() const noexcept {
  return impl->ctx().strand;
}
void store::initiate_close::operator()(
    asio::any_completion_handler<void(error_code, close_report)> handler) const {
  auto closing = on_signals ? detail::store_impl::close_on_signals(impl) : detail::store_impl::close(impl);
  launch(impl->ctx().strand, impl->ctx().executor, std::move(closing), std::move(handler));
}

}  // namespace chronicle
