// Cancellation at any event of any operation, and teardown in the middle of anything: the cases, for whatever
// medium lies between the stores and their storage.
//
// A medium is made from a `virtual_context` and has: `backend`, what stores use; `storage`, the same records
// without any trouble; `next_writes(fates)`; and `deliver_late(fixture)`, after which no write is under way.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include "support/fleet.hpp"
#include "support/teardown.hpp"

namespace chronicle::test {

using namespace std::chrono_literals;

inline constexpr asio::cancellation_type every_type[] = {
    asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total};

/// One run of one operation, cancelled after so many events.
template <class Medium>
struct trial : fleet {
  explicit trial(std::deque<fate> fates) : script(std::move(fates)) { storage = between.storage; }

  store_options patient() {
    store_options o = options();
    o.backend = between.backend;
    o.breaker.consecutive_failures = 1000;
    return o;
  }

  // Steps `events` times, cancels, and runs until the handler was called. False when the operation was over
  // before.
  bool cancel_after(std::size_t events, asio::cancellation_type type) {
    std::size_t happened = 0;
    while (happened < events && !heard && time().step(context())) ++happened;
    if (heard) return false;
    time_point const cancelled_at = time().now();
    signal.emit(type);
    run_until([&] { return heard.has_value(); });
    if (*heard == errc::cancelled)
      BOOST_TEST((time().now() == cancelled_at), "the caller waited for its cancellation");
    BOOST_TEST(calls == 1);
    return true;
  }

  void hear(error_code ec) {
    ++calls;
    heard = ec;
  }
  bool held() {
    auto const kept = stored();
    return kept && kept->head.lease.state == record::lease_state::held;
  }
  int coins() {
    record::decoded const kept = stored().value();
    return kept.data.at("Coins").to_number<int>();
  }
  void deliver_late() { between.deliver_late(*this); }

  Medium between{*this};
  std::deque<fate> script;
  store players = make_store(patient());
  asio::cancellation_signal signal;
  std::optional<error_code> heard;
  int calls = 0;
  profile got;
};

/// Cancels in every way after every number of events; `play(type, events)` is false when the operation was
/// over before.
template <class Play>
void cancel_everywhere(Play const& play) {
  for (auto const type : every_type) {
    bool more = true;
    for (std::size_t events = 0; more; ++events) more = play(type, events);
  }
}

template <class Medium>
void cancel_starts(bool key_exists, std::deque<fate> const& fates) {
  cancel_everywhere([&](asio::cancellation_type type, std::size_t events) {
    trial<Medium> t(fates);
    if (key_exists) t.release(t.open(t.players));
    t.between.next_writes(t.script);
    t.players.async_start_session(
        "p1", asio::bind_cancellation_slot(t.signal.slot(), [&](error_code ec, profile p) {
          t.hear(ec);
          t.got = std::move(p);
        }));
    bool const more = t.cancel_after(events, type);
    bool const success = !*t.heard;
    t.run_for(30s);
    t.deliver_late();
    t.run_for(30s);
    BOOST_TEST(t.held() == success,
               "after " << events << " events: held " << t.held() << ", success " << success);
    BOOST_TEST(t.got.is_active() == success);
    // The key is free for the next one, at once.
    t.got = profile();
    t.run_for(1s);
    BOOST_TEST(t.open(t.players).is_active());
    return more;
  });
}

/// The fates of a write whose caller gives up on it.
inline std::deque<fate> const troubled_writes[] = {{}, {fate::lose_reply}, {fate::ghost}};

/// Begins `write` on an edited profile, cancels it, and lets `check` look a minute later.
template <class Medium, class Write, class Check>
void cancel_writes(Write const& write, Check const& check) {
  for (auto const& fates : troubled_writes) {
    cancel_everywhere([&](asio::cancellation_type type, std::size_t events) {
      trial<Medium> t({});
      profile p = t.open(t.players);
      p.edit()["Coins"] = 5;
      t.between.next_writes(fates);
      write(p,
            asio::bind_cancellation_slot(t.signal.slot(), [&](error_code ec, save_receipt) { t.hear(ec); }));
      bool const more = t.cancel_after(events, type);
      t.run_for(1min);
      BOOST_TEST(t.coins() == 5);
      check(t, p);
      return more;
    });
  }
}

template <class Medium>
void cancel_saves() {
  cancel_writes<Medium>([](profile& p, auto token) { p.async_save(std::move(token)); },
                        [](trial<Medium>& t, profile& p) {
                          BOOST_TEST(p.is_active());
                          BOOST_TEST(t.told->losses.empty());
                        });
}

template <class Medium>
void cancel_releases() {
  cancel_writes<Medium>([](profile& p, auto token) { p.async_release(std::move(token)); },
                        [](trial<Medium>& t, profile&) { BOOST_TEST(!t.held()); });
}

template <class Medium>
void cancel_closing() {
  cancel_everywhere([](asio::cancellation_type type, std::size_t events) {
    trial<Medium> t({});
    profile p = t.open(t.players);
    p.edit()["Coins"] = 5;
    t.players.async_close(
        asio::bind_cancellation_slot(t.signal.slot(), [&](error_code ec, close_report) { t.hear(ec); }));
    bool const more = t.cancel_after(events, type);
    BOOST_TEST(t.close(t.players).second.all_saved());
    BOOST_TEST(!t.held());
    return more;
  });
}

template <class Medium>
void close_over_a_janitor() {
  trial<Medium> t({});
  t.between.next_writes({fate::lose_reply});
  t.players.async_start_session(
      "p1", asio::bind_cancellation_slot(t.signal.slot(), [&](error_code ec, profile) { t.hear(ec); }));
  t.run_for(15ms);  // the write is under way
  t.signal.emit(asio::cancellation_type::total);
  auto const [ec, report] = t.close(t.players);
  BOOST_TEST(!ec);
  BOOST_TEST((*t.heard == errc::cancelled));
  BOOST_TEST(!t.held());
}

// A whole life: start, edit, save, release, close, with a rival; torn down after every event.
template <class Medium>
struct life {
  life(virtual_context& world, std::deque<fate> fates)
      : between(world), bus(make_in_process_bus()), a(make(world, 1)), b(make(world, 2)) {
    between.next_writes(std::move(fates));
  }

  store make(virtual_context& world, std::uint64_t seed) {
    store_options o;
    o.backend = between.backend;
    o.bus = bus;
    o.defaults = {{"Coins", 0}};
    o.time = world.shared_time();
    o.random = make_seeded_random_source(seed);
    o.ids = make_seeded_id_source(seed);
    o.log = {};
    return store(world.executor(), "PlayerData", std::move(o));
  }

  static asio::awaitable<void> play(std::shared_ptr<life> self) {
    auto starting = self->a.async_start_session("p1", asio::as_tuple(asio::deferred));
    auto [ec, p] = co_await std::move(starting);
    if (ec) co_return;
    p.edit()["Coins"] = 1;
    auto rival = self->b.async_start_session("p1", asio::as_tuple(asio::deferred));
    co_await std::move(rival);
    p.edit()["Coins"] = 2;
    auto saving = p.async_save(asio::as_tuple(asio::deferred));
    co_await std::move(saving);
    auto releasing = p.async_release(asio::as_tuple(asio::deferred));
    co_await std::move(releasing);
    auto closing = self->a.async_close(asio::as_tuple(asio::deferred));
    co_await std::move(closing);
    auto closing_too = self->b.async_close(asio::as_tuple(asio::deferred));
    co_await std::move(closing_too);
  }

  Medium between;
  std::shared_ptr<message_bus> bus;
  store a, b;
};

template <class Medium>
void tear_down_lives(std::deque<fate> const& fates) {
  std::size_t const events = tear_down_at_every_event([&](virtual_context& world) -> std::shared_ptr<void> {
    auto const one = std::make_shared<life<Medium>>(world, fates);
    asio::co_spawn(one->a.get_executor(), life<Medium>::play(one), [](std::exception_ptr) {});
    return one;
  });
  BOOST_TEST(events > 40U);
}

}  // namespace chronicle::test
