#include "session/messenger.hpp"

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <utility>

namespace chronicle {
namespace {

constexpr std::size_t most_interested = 8;  // per session: more contenders look again by themselves
constexpr std::chrono::milliseconds heartbeat{500};

// Owns what it needs: the store may be gone before the bus has answered.
asio::awaitable<void> publish(std::shared_ptr<context> ctx, std::string topic, std::string payload) {
  auto& bus = *ctx->options.bus;
  auto publishing = bus.publish(std::move(topic), std::move(payload));
  auto bounded = with_deadline(*ctx->time_outs, ctx->time.now() + ctx->options.retry.attempt_timeout,
                               std::move(publishing));
  auto const ended = co_await std::move(bounded);
  if (ended.value)
    ctx->events.log().write(log_level::debug, "publish_failed", {{"why", ended.value.message()}});
}

asio::awaitable<void> listen(std::shared_ptr<context> ctx, std::shared_ptr<messenger> self) {
  auto& bus = *ctx->options.bus;
  auto listening = bus.listen(ctx->server_id, self);
  co_await std::move(listening);
}

}  // namespace

messenger::messenger(std::shared_ptr<context> ctx, find_holding find)
    : ctx_(std::move(ctx)), find_(std::move(find)), pulse_alarm_(ctx_->time), last_pulse_(ctx_->time.now()) {}

void messenger::open() {
  auto const ignore = [](std::exception_ptr) {};
  asio::co_spawn(ctx_->strand, listen(ctx_, shared_from_this()),
                 asio::bind_cancellation_slot(stop_listening_.slot(), ignore));
  auto beating = [](std::shared_ptr<messenger> self) -> asio::awaitable<void> {
    auto pulsing = self->pulse();
    co_await std::move(pulsing);
  };
  asio::co_spawn(ctx_->strand, beating(shared_from_this()), asio::detached);
}

void messenger::close() {
  closed_ = true;
  stop_listening_.emit(asio::cancellation_type::terminal);
  pulse_alarm_.ring();
}

asio::awaitable<void> messenger::pulse() {
  while (!closed_) {
    stalled(last_pulse_);
    last_pulse_ = ctx_->time.now();
    auto sleeping = pulse_alarm_.sleep_until(last_pulse_ + heartbeat);
    co_await std::move(sleeping);
  }
}

bool messenger::stalled(time_point confirmed_at) {
  time_point const now = ctx_->time.now();
  if (now - last_pulse_ > heartbeat + ctx_->options.challenge.max_stall) stalled_until_ = now;
  return confirmed_at < stalled_until_;
}

asio::awaitable<challenge_verdict> messenger::ask(std::string record_key, record::lease held, alarm& wake,
                                                  bool const& cancelled, time_point deadline) {
  inquiry mine;
  mine.held = held;
  mine.wake = &wake;
  lease::message challenge;
  challenge.kind = lease::message_kind::challenge;
  challenge.nonce = ctx_->options.ids->make_id();
  challenge.key = std::move(record_key);
  challenge.session = held.session;
  challenge.generation = held.generation;
  challenge.from = ctx_->server_id;
  lease::message probe = challenge;
  probe.kind = lease::message_kind::probe;
  inquiries_.emplace(challenge.nonce, &mine);
  ++ctx_->counters->challenges_sent;

  auto const& o = ctx_->options.challenge;
  time_point const began = ctx_->time.now();
  time_point window_ends = std::min(began + o.window, deadline);
  time_point next_send = began;
  unsigned sent = 0;
  bool freed = false;
  while (!cancelled && !freed && ctx_->time.now() < window_ends) {
    if (mine.answer == lease::owner_state::active) break;
    if (!mine.answer && sent < 3 && ctx_->time.now() >= next_send) {
      send(held.server, challenge);
      send(ctx_->server_id, probe);
      next_send = began + o.window / (++sent == 1 ? 4 : 2);
    }
    bool const more_to_send = !mine.answer && sent < 3;
    auto sleeping = wake.sleep_until(more_to_send ? std::min(next_send, window_ends) : window_ends);
    bool const first_answer = !mine.answer.has_value();
    co_await std::move(sleeping);
    if (first_answer && mine.answer == lease::owner_state::releasing)  // wait another window from here (C3)
      window_ends = std::min(ctx_->time.now() + o.window, deadline);
    freed = mine.answer == lease::owner_state::released;
  }
  inquiries_.erase(challenge.nonce);

  if (mine.answer == lease::owner_state::active) co_return challenge_verdict::alive;
  if (mine.answer == lease::owner_state::released) co_return challenge_verdict::freed;
  if (mine.answer == lease::owner_state::releasing) co_return challenge_verdict::releasing;
  bool const whole_window = ctx_->time.now() >= began + o.window;
  bool const may_steal = o.policy == steal_policy::messaging_timeout && mine.heard_itself && whole_window;
  co_return may_steal ? challenge_verdict::silent : challenge_verdict::unproven;
}

void messenger::on_message(std::string payload) {
  auto const m = lease::decode(payload, ctx_->options.challenge.secret);
  if (!m) return;
  switch (m->kind) {
    case lease::message_kind::challenge: return answer_challenge(*m);
    case lease::message_kind::probe:
    case lease::message_kind::reply: break;
    case lease::message_kind::robbed: {
      auto const robbed = find_(m->key).owner;
      if (robbed && robbed->id() == m->session && robbed->generation() == m->generation)
        robbed->confirm_now();
      return;
    }
  }
  auto const found = inquiries_.find(m->nonce);
  if (found == inquiries_.end()) return;  // late, or for somebody else
  inquiry& waiting = *found->second;
  if (m->kind == lease::message_kind::probe) {
    waiting.heard_itself = m->from == ctx_->server_id;
    return;
  }
  if (!lease::answers(*m, m->nonce, waiting.held)) return;
  waiting.answer = m->state;
  waiting.wake->ring();
}

void messenger::answer_challenge(lease::message const& challenge) {
  holding const found = find_(challenge.key);
  bool const ours = found.owner && found.owner->id() == challenge.session;
  if (!ours) {
    // The lease names this server, but nothing here stands behind it. While something is at work on the key
    // it may yet.
    if (!found.busy || found.owner) answer(challenge, reply_to(challenge, lease::owner_state::released));
    return;
  }
  session& owner = *found.owner;
  bool const unsure = stalled(owner.upkeep().confirmed_at);
  auto const state = lease::decide_reply(challenge, owner.id(), owner.generation(), owner.state(), unsure);
  if (!state) {
    owner.confirm_now();  // it may not vouch now; the next challenge of the window finds it confirmed
    return;
  }
  lease::message reply = reply_to(challenge, *state);
  auto const left = owner.upkeep().valid_until() - ctx_->time.now();
  reply.valid_for = std::max(std::chrono::duration_cast<milliseconds>(left), milliseconds{0});
  answer(challenge, reply);
  if (*state == lease::owner_state::active) owner.flush();
  if (*state == lease::owner_state::releasing) {
    auto& waiting = waiting_[owner.id()];
    bool const known = std::any_of(waiting.begin(), waiting.end(), [&](lease::message const& earlier) {
      return earlier.nonce == challenge.nonce;
    });
    if (!known && waiting.size() < most_interested) waiting.push_back(challenge);
  }
}

lease::message messenger::reply_to(lease::message const& challenge, lease::owner_state state) const {
  lease::message m = challenge;
  m.kind = lease::message_kind::reply;
  m.from = ctx_->server_id;
  m.state = state;
  return m;
}

void messenger::answer(lease::message const& challenge, lease::message const& reply) {
  ++ctx_->counters->challenges_answered;
  send(challenge.from, reply);
}

void messenger::tell_robbed(std::string const& record_key, record::lease const& held) {
  lease::message m;
  m.kind = lease::message_kind::robbed;
  m.nonce = ctx_->options.ids->make_id();
  m.key = record_key;
  m.session = held.session;
  m.generation = held.generation;
  m.from = ctx_->server_id;
  send(held.server, m);
}

void messenger::tell_released(session const& ended) {
  auto const waiting = waiting_.extract(ended.id());
  if (!waiting) return;
  for (auto const& challenge : waiting.mapped())
    send(challenge.from, reply_to(challenge, lease::owner_state::released));
}

void messenger::send(std::string topic, lease::message const& m) {
  asio::co_spawn(ctx_->strand,
                 publish(ctx_, std::move(topic), lease::encode(m, ctx_->options.challenge.secret)),
                 asio::detached);
}

void messenger::on_subscribed() {
  ctx_->events.log().write(log_level::info, "bus_subscribed", {});
}

void messenger::on_interrupted(error_code why) {
  ctx_->events.log().write(log_level::warning, "bus_interrupted", {{"why", why.message()}});
}

}  // namespace chronicle
