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
    co_return;
  }
  bool const closed_under_it = self->closing_ && acquired.error() == make_error_code(errc::cancelled);
  mine->failure = closed_under_it ? make_error_code(errc::shutting_down) : acquired.error();
  home->events.load_failed(key, *mine->failure, mine->starting->stats());
  mine->notify_all();
  if (auto const& loose_end = mine->starting->loose_end()) {
    time_point const deadline = home->time.now() + home->options.lease.duration;
    auto cleaning = clean_up(*home, mine->starting->record_key(), *loose_end, deadline, mine->interrupt);
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
    mine.starting = std::make_unique<start>(home, seen_, nullptr, key, mine.interrupt);
    auto simulated = mine.starting->run();
    acquired = co_await std::move(simulated);
  }
  co_return acquired;
}

bool store_impl::falls_back(error_code const& why) const {
  bool const of_the_network = why.category() != chronicle_category() && is_retryable(why);
  return ctx_->options.fallback == fallback_policy::always && !ctx_->simulated && !closing_ &&
         (of_the_network || why == make_error_code(errc::backend_unavailable) ||
          why == make_error_code(errc::circuit_open) || why == make_error_code(errc::timeout));
}

void store_impl::opened(std::shared_ptr<slot> const& mine) {
  mine->starting.reset();
  mine->notify_all();
  begin_work(mine);
}

void store_impl::begin_work(std::shared_ptr<slot> const& mine) {
  auto const interrupt = mine->interrupt.slot();
  auto ended = [self = shared_from_this(), mine](std::exception_ptr broken, bool may_rest) {
    mine->interrupt.slot().clear();
    if (may_rest) return self->rest(mine, mine->open->rests_until());
    if (broken) mine->open->abandon(to_error_code(broken, self->ctx_->events.log()));
    if (self->messages_) self->messages_->tell_released(*mine->open);
    self->drop(mine->open->key(), *mine);
  };
  asio::co_spawn(ctx_->strand, mine->open->work(mine->interrupt),
                 asio::bind_cancellation_slot(interrupt, std::move(ended)));
}

void store_impl::rest(std::shared_ptr<slot> const& mine, time_point until) {
  mine->at_rest = at_rest_.emplace(until, mine);
  clock_.order(until, *this);
}

std::optional<time_point> store_impl::call_sleepers() {
  while (!at_rest_.empty() && at_rest_.begin()->first <= ctx_->time.now()) begin_work(take(at_rest_.begin()));
  if (at_rest_.empty()) return std::nullopt;
  return at_rest_.begin()->first;
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
  asio::post(ctx_->strand,
             [self = shared_from_this(), mine = take(*found->second->at_rest)] { self->begin_work(mine); });
}

void store_impl::set_to_work(session const& who) {
  auto const found = slots_.find(who.key());
  if (found == slots_.end() || !found->second->at_rest) return;
  begin_work(take(*found->second->at_rest));
}

void store_impl::abandon(std::string const& key, slot& mine, error_code why) {
  if (!mine.failure) {
    mine.failure = why;
    ctx_->events.load_failed(key, why, mine.starting->stats());
  }
  drop(key, mine);
}

void store_impl::drop(std::string const& key, slot& mine) {
  slots_.erase(key);
  mine.gone = true;
  mine.notify_all();
  slot_ended_.ring();
  if (slots_.empty()) clock_.cancel();
}

}  // namespace chronicle::detail
