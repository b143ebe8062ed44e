#include "chronicle/profile.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/system/system_error.hpp>

#include "base/pending_outcome.hpp"
#include "session/profile_handle.hpp"

namespace chronicle {
namespace {

session& open_session(std::shared_ptr<detail::profile_handle> const& handle) {
  if (!handle) throw boost::system::system_error(make_error_code(errc::session_inactive));
  return *handle->held();
}

asio::any_io_executor executor_of(std::shared_ptr<detail::profile_handle> const& handle) {
  if (!handle) return asio::system_executor();
  return handle->held()->store_context().strand;
}

using receipt_handler = asio::any_completion_handler<void(error_code, save_receipt)>;
using request_for_receipt = session::pending_receipt (session::*)();

void launch_on(std::shared_ptr<detail::profile_handle> const& handle, request_for_receipt request,
               receipt_handler handler) {
  if (!handle) {
    auto const executor =
        asio::get_associated_executor(handler, asio::any_completion_executor(asio::system_executor()));
    asio::any_io_executor const anywhere = asio::system_executor();
    asio::post(anywhere, asio::bind_executor(executor, [handler = std::move(handler)]() mutable {
                 std::move(handler)(make_error_code(errc::session_inactive),
                                    save_receipt(save_outcome::rejected));
               }));
    return;
  }
  // Keeps the session, not the handle: an operation does not hold up the release by the last handle.
  auto const& held = handle->held();
  context const& ctx = held->store_context();
  launch_wait<save_receipt>(
      ctx.strand, ctx.executor, [held, request] { return ((*held).*request)(); }, std::move(handler));
}

}  // namespace

profile::executor_type profile::get_executor() const {
  return executor_of(handle_);
}
boost::json::object const& profile::data() const {
  return open_session(handle_).data();
}
boost::json::object& profile::edit() {
  return open_session(handle_).edit();
}
session_state profile::state() const noexcept {
  return handle_ ? handle_->held()->state() : session_state::released;
}
bool profile::is_active() const noexcept {
  return state() == session_state::active;
}
bool profile::is_dirty() const {
  return open_session(handle_).is_dirty();
}
bool profile::is_simulated() const {
  return open_session(handle_).store_context().simulated;
}
std::string const& profile::key() const {
  return open_session(handle_).key();
}
profile_metadata profile::metadata() const {
  return open_session(handle_).metadata();
}

profile::executor_type profile::initiate_save::get_executor() const noexcept {
  return executor_of(handle);
}
void profile::initiate_save::operator()(handler_type handler) const {
  launch_on(handle, &session::save, std::move(handler));
}

profile::executor_type profile::initiate_release::get_executor() const noexcept {
  return executor_of(handle);
}
void profile::initiate_release::operator()(handler_type handler) const {
  launch_on(handle, &session::release, std::move(handler));
}

}  // namespace chronicle
