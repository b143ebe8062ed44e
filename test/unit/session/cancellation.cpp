// Cancellation strikes at any event of any operation: the caller hears at once, and no lease is left without
// an owner.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include "support/fleet.hpp"
#include "support/teardown.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

constexpr asio::cancellation_type every_type[] = {
    asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total};

/// One run of one operation, cancelled after so many events.
struct trial : fleet {
  explicit trial(std::deque<fate> fates) : script(std::move(fates)) { backend->set_latency(10ms); }

  store_options patient() {
    store_options o = options();
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

  std::deque<fate> script;
  store players = make_store(patient());
  asio::cancellation_signal signal;
  std::optional<error_code> heard;
  int calls = 0;
  profile got;
};

void cancel_starts(bool key_exists, std::deque<fate> const& fates) {
  for (auto const type : every_type) {
    bool more = true;
    for (std::size_t events = 0; more; ++events) {
      trial t(fates);
      if (key_exists) t.release(t.open(t.players));
      t.backend->next_puts(t.script);
      t.players.async_start_session(
          "p1", asio::bind_cancellation_slot(t.signal.slot(), [&](error_code ec, profile p) {
            t.hear(ec);
            t.got = std::move(p);
          }));
      more = t.cancel_after(events, type);
      bool const success = !*t.heard;
      t.run_for(30s);
      t.run(t.backend->deliver_ghosts());
      t.run_for(30s);
      BOOST_TEST(t.held() == success,
                 "after " << events << " events: held " << t.held() << ", success " << success);
      BOOST_TEST(t.got.is_active() == success);
      // The key is free for the next one, at once.
      t.got = profile();
      t.run_for(1s);
      BOOST_TEST(t.open(t.players).is_active());
    }
  }
}

BOOST_AUTO_TEST_SUITE(cancellation)

BOOST_AUTO_TEST_CASE(v9_starts_on_a_new_key) {
  cancel_starts(false, {});
}
BOOST_AUTO_TEST_CASE(v9_starts_on_a_free_key) {
  cancel_starts(true, {});
}
BOOST_AUTO_TEST_CASE(starts_whose_reply_is_lost) {
  cancel_starts(true, {fate::lose_reply});
}
BOOST_AUTO_TEST_CASE(starts_whose_request_is_lost) {
  cancel_starts(true, {fate::lose_request});
}
BOOST_AUTO_TEST_CASE(starts_whose_write_arrives_late) {
  cancel_starts(true, {fate::ghost});
}
BOOST_AUTO_TEST_CASE(creations_whose_write_arrives_late) {
  cancel_starts(false, {fate::ghost});
}

BOOST_AUTO_TEST_CASE(saves_go_on_without_their_caller) {
  for (auto const& fates :
       {std::deque<fate>{}, std::deque<fate>{fate::lose_reply}, std::deque<fate>{fate::ghost}}) {
    for (auto const type : every_type) {
      bool more = true;
      for (std::size_t events = 0; more; ++events) {
        trial t({});
        profile p = t.open(t.players);
        p.edit()["Coins"] = 5;
        t.backend->next_puts(fates);
        p.async_save(
            asio::bind_cancellation_slot(t.signal.slot(), [&](error_code ec, save_receipt) { t.hear(ec); }));
        more = t.cancel_after(events, type);
        t.run_for(1min);
        BOOST_TEST(p.is_active());
        BOOST_TEST(t.stored()->data.at("Coins").to_number<int>() == 5);
        BOOST_TEST(t.told->losses.empty());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(releases_go_on_without_their_caller) {
  for (auto const& fates :
       {std::deque<fate>{}, std::deque<fate>{fate::lose_reply}, std::deque<fate>{fate::ghost}}) {
    for (auto const type : every_type) {
      bool more = true;
      for (std::size_t events = 0; more; ++events) {
        trial t({});
        profile p = t.open(t.players);
        p.edit()["Coins"] = 5;
        t.backend->next_puts(fates);
        p.async_release(
            asio::bind_cancellation_slot(t.signal.slot(), [&](error_code ec, save_receipt) { t.hear(ec); }));
        more = t.cancel_after(events, type);
        t.run_for(1min);
        BOOST_TEST(!t.held());
        BOOST_TEST(t.stored()->data.at("Coins").to_number<int>() == 5);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(closing_goes_on_without_its_caller) {
  for (auto const type : every_type) {
    bool more = true;
    for (std::size_t events = 0; more; ++events) {
      trial t({});
      profile p = t.open(t.players);
      p.edit()["Coins"] = 5;
      t.players.async_close(
          asio::bind_cancellation_slot(t.signal.slot(), [&](error_code ec, close_report) { t.hear(ec); }));
      more = t.cancel_after(events, type);
      BOOST_TEST(t.close(t.players).second.all_saved());
      BOOST_TEST(!t.held());
    }
  }
}

BOOST_AUTO_TEST_CASE(closing_waits_for_the_janitor) {
  trial t({});
  t.backend->next_puts({fate::lose_reply});
  t.players.async_start_session(
      "p1", asio::bind_cancellation_slot(t.signal.slot(), [&](error_code ec, profile) { t.hear(ec); }));
  t.run_for(15ms);  // the write is under way
  t.signal.emit(asio::cancellation_type::total);
  auto const [ec, report] = t.close(t.players);
  BOOST_TEST(!ec);
  BOOST_TEST((*t.heard == errc::cancelled));
  BOOST_TEST(!t.held());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(teardown)

// A whole life: start, edit, save, release, close, with a rival; torn down after every event.
struct life {
  explicit life(virtual_context& world, std::deque<fate> fates)
      : backend(std::make_shared<scripted_backend>(make_memory_backend(world.shared_time()),
                                                   world.shared_time())),
        bus(make_in_process_bus()),
        a(make(world, 1)),
        b(make(world, 2)) {
    backend->set_latency(5ms);
    backend->next_puts(std::move(fates));
  }

  store make(virtual_context& world, std::uint64_t seed) {
    store_options o;
    o.backend = backend;
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

  std::shared_ptr<scripted_backend> backend;
  std::shared_ptr<message_bus> bus;
  store a, b;
};

void tear_down_lives(std::deque<fate> const& fates) {
  std::size_t const events = tear_down_at_every_event([&](virtual_context& world) -> std::shared_ptr<void> {
    auto const one = std::make_shared<life>(world, fates);
    asio::co_spawn(one->a.get_executor(), life::play(one), [](std::exception_ptr) {});
    return one;
  });
  BOOST_TEST(events > 40U);
}

BOOST_AUTO_TEST_CASE(a_life_ends_cleanly_at_every_event) {
  tear_down_lives({});
}
BOOST_AUTO_TEST_CASE(a_life_in_bad_weather_ends_cleanly_at_every_event) {
  tear_down_lives({fate::lose_reply, fate::ghost, fate::duplicate, fate::lose_request});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
