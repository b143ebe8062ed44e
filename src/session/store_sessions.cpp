// The life of one key: its start, and the session that works, rests and ends.
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "session/janitor.hpp"
#include "session/store_impl.hpp"

namespace chronicle::detail {

asio::awaitable<bool> store_impl::slot::wait(asio::any_io_executor on) {
  if (!changed) changed = std::make_shared<event>(std::move(on));
  auto const watched = changed;  // a cancellation may come between its end and the end of this wait
  auto waiting = watched->wait();
  co_return co_await std::move(waiting);
}

void store_impl::slot::notify_all() {
  if (changed) changed->notify_all();
  changed.reset();
}

asio::awaitable<void> store_impl::serve(std::shared_ptr<store_impl> self, std::string key,
                                        std::shared_ptr<slot> mine) {
  std::shared_ptr<context> home = self->ctx_;
  auto acquiring = self->acquire(key, *mine, home);
  auto acquired = co_await std::move(acquiring);
  if (acquired) {
    mine->open = std::make_shared<session>(home, self, std::move(*acquired));
    home->events.loaded(key, mine->open->data(), mine->open->generation(), mine->starting->stats());
    mine->starting.reset();
    mine->notify_all();
    auto tending = tend(self, mine);
    co_await std::move(tending);
    co_return;
  }
  bool const closed_under_it = self->closing_ && acquired.error() == make_error_code(errc::cancelled);
  mine->failure = closed_under_it ? make_error_code(errc::shutting_down) : acquired.error();
  home->events.load_failed(key, *mine->failure, mine->starting->stats());
  mine->notify_all();
  if (auto const& loose_end = mine->starting->loose_end()) {
    time_point const deadline = home->time.now() + home->options.lease.duration;
    auto cleaning = clean_up(*home, mine->starting->record_key(), *loose_end, deadline);
    co_await std::move(cleaning);
  }
  self->drop(key, *mine);
}

asio::awaitable<result<acquired_profile>> store_impl::acquire(std::string const& key, slot& mine,
                                                              std::shared_ptr<context>& home) {
  auto starting = mine.starting->run();
  auto acquired = co_await std::move(starting);
  bool const simulate =
      !acquired && falls_back(acquired.error()) && !mine.starting->loose_end() && !mine.starting->cancelled();
  if (simulate) {
    if (!fallback_) fallback_ = context::make_fallback(*home);
    home = fallback_;
    home->events.fell_back(key, acquired.error());
    mine.starting = std::make_unique<start>(home, seen_, nullptr, key);
    auto simulated = mine.starting->run();
    acquired = co_await std::move(simulated);
  }
  co_return acquired;
}

bool store_impl::falls_back(error_code const& why) const {
  return ctx_->options.fallback == fallback_policy::always && !ctx_->simulated && !closing_ &&
         (why == make_error_code(errc::backend_unavailable) || why == make_error_code(errc::circuit_open) ||
          why == make_error_code(errc::timeout));
}

asio::awaitable<void> store_impl::tend(std::shared_ptr<store_impl> self, std::shared_ptr<slot> mine) {
  session& open = *mine->open;
  std::exception_ptr broken;
  try {
    auto working = open.work();
    auto const rests_until = co_await std::move(working);
    if (rests_until) self->rest(mine, *rests_until);
  } catch (...) {
    broken = std::current_exception();
  }
  if (broken) open.abandon(to_error_code(broken));
  if (mine->at_rest) co_return;
  if (self->messages_) self->messages_->tell_released(open);
  self->drop(open.key(), *mine);
}

void store_impl::rest(std::shared_ptr<slot> const& mine, time_point until) {
  mine->at_rest = at_rest_.emplace(until, mine);
  if (!std::exchange(clock_runs_, true)) {
    asio::co_spawn(ctx_->strand, call_sleepers(shared_from_this()),
                   [self = shared_from_this()](std::exception_ptr broken) {
                     if (broken) self->clock_runs_ = false;  // who rests next starts it again
                   });
  } else if (until < next_call_) {
    clock_.ring();
  }
}

asio::awaitable<void> store_impl::call_sleepers(std::shared_ptr<store_impl> self) {
  auto const& sleeping = self->at_rest_;
  while (!self->slots_.empty()) {
    while (!sleeping.empty() && sleeping.begin()->first <= self->ctx_->time.now())
      asio::co_spawn(self->ctx_->strand, tend(self, self->take(sleeping.begin())), asio::detached);
    self->next_call_ = sleeping.empty() ? time_point::max() : sleeping.begin()->first;
    auto waiting = self->clock_.sleep_until(self->next_call_);
    co_await std::move(waiting);
  }
  self->clock_runs_ = false;
}

std::shared_ptr<store_impl::slot> store_impl::take(sleepers::const_iterator sleeper) {
  std::shared_ptr<slot> mine = sleeper->second;
  at_rest_.erase(sleeper);
  mine->at_rest.reset();
  return mine;
}

void store_impl::wake(session const& who) {
  auto const found = slots_.find(who.key());
  if (found == slots_.end() || !found->second->at_rest) return;
  // Not from in here: the session goes to work when its caller has had its say.
  asio::post(ctx_->strand, [self = shared_from_this(), mine = take(*found->second->at_rest)] {
    asio::co_spawn(self->ctx_->strand, tend(self, mine), asio::detached);
  });
}

void store_impl::drop(std::string const& key, slot& mine) {
  slots_.erase(key);
  mine.gone = true;
  mine.notify_all();
  slot_ended_.ring();
  if (slots_.empty()) clock_.ring();
}

}  // namespace chronicle::detail
