#include "backend/rival.hpp"

#include <utility>

#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "lease/transitions.hpp"
#include "record/codec.hpp"

namespace chronicle {
namespace {

constexpr milliseconds lease_duration = std::chrono::seconds{60};
constexpr milliseconds shortest_hold{500};
constexpr milliseconds longest_hold{5'000};

}  // namespace

rival::rival(std::shared_ptr<backend> target, std::shared_ptr<time_source> time, double contention,
             std::uint64_t seed)
    : target_(std::move(target)),
      time_(std::move(time)),
      ids_(make_seeded_id_source(seed)),
      contention_(contention) {}

rival::visit::visit(rival& host, std::string const& key) : host_(host), key_(key) {
  std::lock_guard const lock(host_.mutex_);
  ours_ = !std::exchange(host_.keys_[key_].busy, true);
}

rival::visit::~visit() {
  if (!ours_) return;
  std::lock_guard const lock(host_.mutex_);
  host_.keys_[key_].busy = false;
}

asio::awaitable<void> rival::before_read(std::string key, random_source& random) {
  visit const now(*this, key);
  if (!now.is_ours()) co_return;
  auto tending = tend(key);
  co_await std::move(tending);
  auto considering = consider(key, random);
  co_await std::move(considering);
}

asio::awaitable<void> rival::before_write(std::string key) {
  visit const now(*this, key);
  if (!now.is_ours()) co_return;
  auto tending = tend(key);
  co_await std::move(tending);
}

/// Does what it would have done by now with a lease it holds: renew it if alive, release it when it has had
/// it long enough.
asio::awaitable<void> rival::tend(std::string key) {
  std::optional<holding> held;
  {
    std::lock_guard const lock(mutex_);
    held = keys_[key].held;
  }
  if (!held) co_return;
  bool const done = time_->now() >= held->until;
  if (!done && !held->lively) co_return;
  version const expected = held->ver;
  held->head = done ? lease::release(std::move(held->head))
                    : lease::renew(held->head, held->head.lease.seq + 1, time_->wall_now());
  auto writing = write(*held, expected);
  auto written = co_await std::move(writing);
  std::uint64_t const generation = held->head.lease.generation;
  if (written) held->ver = std::move(*written);
  // Not written: somebody has taken the lease, and the rival is a good loser.
  if (done || !written) held.reset();
  keep(key, std::move(held), generation);
}

asio::awaitable<void> rival::consider(std::string key, random_source& random) {
  std::uint64_t last_generation = 0;
  {
    std::lock_guard const lock(mutex_);
    memory const& known = keys_[key];
    if (known.held) co_return;
    last_generation = known.last_generation;
  }
  auto reading = target_->get(key);
  auto const read = co_await std::move(reading);
  if (!read) co_return;
  holding next;
  lease::owner const self{"simulated-rival", ids_->make_id()};
  std::optional<version> expected;
  if (*read) {
    auto found = record::decode((*read)->value, key);
    if (!found || found->head.lease.state == record::lease_state::held) co_return;
    if (found->head.lease.generation <= last_generation) co_return;
    next.head = lease::acquire(found->head, self, lease_duration, time_->wall_now());
    next.data = std::move(found->data);
    expected = (*read)->ver;
  } else {
    if (last_generation > 0) co_return;
    next.head =
        lease::create(key, self, lease_duration, format_hash(canonical_hash(next.data)), time_->wall_now());
  }
  if (uniform(random) >= contention_) co_return;
  auto const hold = uniform_up_to(random, static_cast<std::uint64_t>((longest_hold - shortest_hold).count()));
  next.until = time_->now() + shortest_hold + milliseconds(hold);
  next.lively = random.next() % 2 == 0;
  auto writing = write(next, std::move(expected));
  auto written = co_await std::move(writing);
  if (!written) co_return;
  next.ver = std::move(*written);
  std::uint64_t const generation = next.head.lease.generation;
  keep(key, std::move(next), generation);
}

/// The version it made, or nothing when somebody else was faster.
asio::awaitable<std::optional<version>> rival::write(holding const& next, std::optional<version> expected) {
  auto const& lease = next.head.lease;
  auto writing = target_->put_if(next.head.key, record::encode(next.head, next.data), std::move(expected),
                                 lease.session + ':' + std::to_string(lease.seq));
  auto const outcome = co_await std::move(writing);
  auto const* done = std::get_if<applied>(&outcome);
  if (done == nullptr) co_return std::nullopt;
  co_return done->ver;
}

void rival::keep(std::string const& key, std::optional<holding> held, std::uint64_t generation) {
  std::lock_guard const lock(mutex_);
  memory& known = keys_[key];
  known.held = std::move(held);
  known.last_generation = generation;
}

}  // namespace chronicle
