#include "session/store_impl.hpp"

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <csignal>
#include <utility>

#include "session/profile_handle.hpp"

namespace chronicle::detail {

store_impl::store_impl(asio::any_io_executor executor, std::string name, store_options options)
    : ctx_(context::make(std::move(executor), std::move(name), std::move(options))),
      clock_(ctx_->time, ctx_->strand, [this] { return call_sleepers(); }),
      close_done_(ctx_->strand),
      slot_ended_(ctx_->time) {}

void store_impl::open() {
  if (!ctx_->options.bus) return;
  std::size_t const prefix = ctx_->name.size() + 1;
  messages_ =
      std::make_shared<messenger>(ctx_, [weak = weak_from_this(), prefix](std::string const& record_key) {
        messenger::holding held;
        auto const self = weak.lock();
        if (!self || record_key.size() < prefix) return held;
        auto const found = self->slots_.find(record_key.substr(prefix));
        if (found == self->slots_.end()) return held;
        held.busy = true;
        held.owner = found->second->open;
        return held;
      });
  messages_->open();
}

error_code store_impl::check(std::string const& key) const {
  if (error_code const ec = check_key(key)) return ec;
  return check_key(ctx_->record_key(key), ctx_->store_gateway.caps().max_key);
}

asio::awaitable<result<profile>> store_impl::start_session(std::shared_ptr<store_impl> self,
                                                           std::string key) {
  if (error_code const ec = self->check(key)) co_return ec;
  auto taking = self->take_slot(key);
  auto const taken = co_await std::move(taking);
  if (!taken) co_return taken.error();
  auto const& mine = *taken;
  auto const interrupt = mine->interrupt.slot();
  asio::co_spawn(self->ctx_->strand, serve(self, key, mine),
                 asio::bind_cancellation_slot(interrupt, [self, key, mine](std::exception_ptr broken) {
                   mine->interrupt.slot().clear();
                   if (mine->open) return self->opened(mine);  // though the telling of it threw
                   if (broken) self->abandon(key, *mine, to_error_code(broken, self->ctx_->events.log()));
                 }));

  while (!mine->open && !mine->failure) {
    auto waiting = mine->wait(self->ctx_->strand);
    bool const still_wanted = co_await std::move(waiting);
    if (still_wanted) continue;
    if (mine->open) mine->open->request_release();
    if (mine->starting) mine->starting->cancel();
    co_return make_error_code(errc::cancelled);
  }
  if (mine->failure) co_return *mine->failure;
  co_return profile(std::make_shared<profile_handle>(mine->open));
}

// Waits for a release or a janitor on the key; anything else in the way is an error.
asio::awaitable<result<std::shared_ptr<store_impl::slot>>> store_impl::take_slot(std::string const& key) {
  while (true) {
    if (closing_) co_return make_error_code(errc::shutting_down);
    auto const found = slots_.find(key);
    if (found == slots_.end()) break;
    std::shared_ptr<slot> const other = found->second;
    bool const starting = other->starting && !other->starting->cancelled() && !other->failure;
    bool const playing = other->open && (other->open->state() == session_state::active ||
                                         other->open->state() == session_state::lapsed);
    if (starting || playing) co_return make_error_code(errc::already_active);
    while (!other->gone) {
      auto waiting = other->wait(ctx_->strand);
      bool const still_wanted = co_await std::move(waiting);
      if (!still_wanted) co_return make_error_code(errc::cancelled);
    }
  }
  auto mine = std::make_shared<slot>();
  mine->starting = std::make_unique<start>(ctx_, seen_, messages_.get(), key, mine->interrupt);
  slots_.emplace(key, mine);
  co_return mine;
}

store_status store_impl::status() const {
  store_status s;
  if (ctx_->simulated) {
    s.mode = store_mode::simulation;
  } else if (!ctx_->store_gateway.seems_available()) {
    s.mode = store_mode::unavailable;
    s.enabled = false;
  }
  return s;
}

store_metrics store_impl::metrics() const {
  store_metrics m = *ctx_->counters;
  m.hook_exceptions = ctx_->events.hook_exceptions();
  m.circuit = ctx_->store_gateway.breaker_state();
  for (auto const& [key, one] : slots_) {
    if (!one->open) {
      ++m.sessions.starting;
      continue;
    }
    m.dirty_sessions += one->open->is_dirty();
    switch (one->open->state()) {
      case session_state::active: ++m.sessions.active; break;
      case session_state::lapsed: ++m.sessions.lapsed; break;
      case session_state::releasing: ++m.sessions.releasing; break;
      case session_state::released:
      case session_state::lost: break;
    }
  }
  return m;
}

asio::awaitable<outcome<close_report>> store_impl::close(std::shared_ptr<store_impl> self) {
  if (!std::exchange(self->closing_, true))
    asio::co_spawn(self->ctx_->strand, carry_out_close(self), asio::detached);
  while (!self->closed_) {
    auto waiting = self->close_done_.wait();
    bool const still_wanted = co_await std::move(waiting);
    if (!still_wanted) co_return outcome<close_report>(make_error_code(errc::cancelled), close_report());
  }
  co_return *self->closed_;
}

asio::awaitable<outcome<close_report>> store_impl::close_on_signals(std::shared_ptr<store_impl> self) {
  auto signals = self->end_of_process_.lock();
  if (!self->closing_) {
    if (!signals) signals = std::make_shared<asio::signal_set>(self->ctx_->strand, SIGINT, SIGTERM);
    self->end_of_process_ = signals;
    auto waiting = signals->async_wait(asio::as_tuple(asio::deferred));
    auto const [ec, number] = co_await std::move(waiting);
    bool const cancelled = ec && !self->closing_;
    if (cancelled) co_return outcome<close_report>(make_error_code(errc::cancelled), close_report());
  }
  auto closing = close(self);
  auto ended = co_await std::move(closing);
  signals.reset();  // before anybody hears of the end
  co_return ended;
}

asio::awaitable<void> store_impl::carry_out_close(std::shared_ptr<store_impl> self) {
  context& ctx = *self->ctx_;
  if (auto const signals = self->end_of_process_.lock()) signals->cancel();
  self->begin_close();
  auto releasing = self->release_all(ctx.time.now() + ctx.options.close.deadline);
  co_await std::move(releasing);

  close_report report = std::move(self->report_);
  report.complete = self->slots_.empty();
  for (auto const& one : self->to_release_) {
    bool const ended = one->state() == session_state::released || one->state() == session_state::lost;
    if (!ended) {
      one->request_release();  // those that no place was free for
      if (one->has_unsaved_data()) one->hand_over_unsaved(make_error_code(errc::timeout));
    }
    error_code const ec = ended ? one->end_report().ec : make_error_code(errc::timeout);
    save_receipt const receipt = ended ? one->end_report().value : save_receipt();
    report.profiles.emplace_back(one->key(), ec, receipt);
  }
  self->to_release_.clear();
  if (self->messages_) self->messages_->close();
  ctx.time_outs->close();
  if (self->fallback_) self->fallback_->time_outs->close();
  error_code const ec = report.complete ? error_code{} : make_error_code(errc::timeout);
  self->closed_.emplace(ec, std::move(report));
  self->close_done_.notify_all();
}

void store_impl::begin_close() {
  for (auto const& [key, one] : slots_) {
    if (one->open) {
      to_release_.push_back(one->open);
    } else if (one->starting && !one->failure) {
      one->starting->cancel();
      ++report_.cancelled_starts;
    }
  }
  // Those with unsaved data first.
  std::partition(to_release_.begin(), to_release_.end(), [](auto const& one) { return one->is_dirty(); });
}

asio::awaitable<void> store_impl::release_all(time_point deadline) {
  std::vector<std::shared_ptr<session>> under_way;
  auto next = to_release_.begin();
  while (!slots_.empty() && ctx_->time.now() < deadline) {
    std::erase_if(under_way, [](auto const& one) { return one->state() != session_state::releasing; });
    for (; next != to_release_.end() && under_way.size() < ctx_->options.close.parallel; ++next) {
      (*next)->request_release();
      bool const goes_on = (*next)->state() == session_state::releasing;  // unless it has ended by itself
      if (goes_on) under_way.push_back(*next);
    }
    auto sleeping = slot_ended_.sleep_until(deadline);
    co_await std::move(sleeping);
  }
}

}  // namespace chronicle::detail
