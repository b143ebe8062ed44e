#include "backend_cases.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <set>

namespace chronicle::conformance {
namespace {

using namespace std::chrono_literals;

template <class T>
bool is(put_result const& outcome) {
  return std::holds_alternative<T>(outcome);
}

/// A conflict that sends along `expected` ("nothing" when empty), if it sends anything along.
bool is_conflict_with(put_result const& outcome, std::optional<std::string> const& expected,
                      bool sends_current) {
  auto const* const c = std::get_if<conflict>(&outcome);
  if (!c) return false;
  if (!sends_current || !expected) return !c->current;
  return c->current && c->current->value == *expected;
}

void absent(backend_world& w) {
  BOOST_TEST(!w.get("s/absent"));
  BOOST_TEST((is<conflict>(w.put("s/absent", "v", version("1")))));
  BOOST_TEST((is<conflict>(w.erase("s/absent", version("1")))));
  BOOST_TEST(!w.get("s/absent"));
}

void create_once(backend_world& w) {
  bool const sends_current = w.store().caps().conflict_returns_current;
  auto const made = w.must_put("s/k", "first");
  auto const found = w.get("s/k");
  BOOST_REQUIRE(found);
  BOOST_TEST(found->value == "first");
  BOOST_TEST((found->ver == made));
  BOOST_TEST(is_conflict_with(w.put("s/k", "second"), "first", sends_current));
  BOOST_TEST(w.get("s/k")->value == "first");
}

void replace(backend_world& w) {
  bool const sends_current = w.store().caps().conflict_returns_current;
  auto const first = w.must_put("s/k", "1");
  auto const second = w.must_put("s/k", "2", first);
  BOOST_TEST((second != first));
  auto const outcome = w.put("s/k", "3", first);
  BOOST_TEST(is_conflict_with(outcome, "2", sends_current));
  auto const* const refused = std::get_if<conflict>(&outcome);
  if (refused && refused->current) BOOST_TEST((refused->current->ver == second));
  auto const found = w.get("s/k");
  BOOST_TEST(found->value == "2");
  BOOST_TEST((found->ver == second));
  BOOST_TEST((is<conflict>(w.put("s/k", "3", version("no-such-version")))));
}

/// A version never comes back: not with the same value, not after an erasure (the ABA problem).
void versions_are_never_reused(backend_world& w) {
  std::set<std::string> seen;
  auto at = w.must_put("s/k", "same");
  seen.insert(at.token);
  for (int round = 0; round < 3; ++round) {
    at = w.must_put("s/k", "same", at);
    BOOST_TEST(seen.insert(at.token).second);
    seen.insert(w.must_erase("s/k", at).token);
    auto const before = at;
    at = w.must_put("s/k", "same");
    BOOST_TEST(seen.insert(at.token).second);
    BOOST_TEST((is<conflict>(w.put("s/k", "late", before))));
    BOOST_TEST((is<conflict>(w.erase("s/k", before))));
  }
}

void erase(backend_world& w) {
  bool const sends_current = w.store().caps().conflict_returns_current;
  auto const first = w.must_put("s/k", "1");
  auto const second = w.must_put("s/k", "2", first);
  BOOST_TEST(is_conflict_with(w.erase("s/k", first), "2", sends_current));
  auto const tombstone = w.must_erase("s/k", second);
  BOOST_TEST(!w.get("s/k"));
  BOOST_TEST(is_conflict_with(w.erase("s/k", second), std::nullopt, sends_current));
  BOOST_TEST(is_conflict_with(w.put("s/k", "3", second), std::nullopt, sends_current));
  BOOST_TEST((is<conflict>(w.put("s/k", "3", tombstone))));
  w.must_put("s/k", "3");
  BOOST_TEST(w.get("s/k")->value == "3");
}

void a_repeated_write_is_recognised(backend_world& w) {
  if (!w.store().caps().write_id_dedup) return;
  auto const first = w.must_put("s/k", "1", std::nullopt, "s:1");
  BOOST_TEST((w.must_put("s/k", "1", std::nullopt, "s:1") == first));
  auto const second = w.must_put("s/k", "2", first, "s:2");
  BOOST_TEST((w.must_put("s/k", "2", first, "s:2") == second));
  BOOST_TEST(w.get("s/k")->value == "2");
  BOOST_TEST((is<conflict>(w.put("s/k", "2", first, "s:3"))));         // somebody else's
  BOOST_TEST((is<conflict>(w.put("s/k", "2", first, ""))));            // nobody's
  BOOST_TEST((is<conflict>(w.put("s/k", "1", std::nullopt, "s:1"))));  // overtaken
  BOOST_TEST((is<conflict>(w.put("s/k", "other", first, "s:2"))));     // not the same write
  w.must_erase("s/k", second);
  BOOST_TEST((is<conflict>(w.put("s/k", "2", first, "s:2"))));
}

std::vector<std::string> strange_keys() {
  std::vector<std::string> keys = {"/",
                                   "//",
                                   "a/b",
                                   "a%2Fb",
                                   "a/../b",
                                   "..",
                                   ".",
                                   "...",
                                   "a/.",
                                   "%",
                                   "%25",
                                   "%00",
                                   "?",
                                   "a?b=c",
                                   "#",
                                   "&",
                                   "=",
                                   "+",
                                   " ",
                                   "a b",
                                   "a+b",
                                   ":",
                                   ";",
                                   "@",
                                   "\"",
                                   "\\",
                                   "*",
                                   "{x}",
                                   "\n",
                                   "\t",
                                   "\x7f",
                                   "~",
                                   "A",
                                   "a",
                                   "\xc3\xa4",
                                   "\xe6\xbc\xa2\xe5\xad\x97",
                                   "\xf0\x9f\x8e\xb2",
                                   "versions",
                                   "k/versions",
                                   "k"};
  keys.push_back(std::string(512, 'k'));
  keys.push_back(std::string(170, '/') + "\xc3\xa4");
  return keys;
}

void strange_keys_stay_apart(backend_world& w) {
  auto const keys = strange_keys();
  for (auto const& key : keys) w.must_put(key, "value of " + key);
  for (auto const& key : keys) {
    auto const found = w.get(key);
    BOOST_TEST_REQUIRE(found.has_value(), key);
    BOOST_TEST((found->value == "value of " + key), key);
  }
  std::set<std::string> listed;
  std::string cursor;
  do {
    auto page = w.events().run(w.store().list("", cursor, 7));
    BOOST_TEST_REQUIRE(page.has_value());
    for (auto const& item : page->items) BOOST_TEST(listed.insert(item.key).second, item.key);
    cursor = page->next;
  } while (!cursor.empty());
  BOOST_TEST((listed == std::set<std::string>(keys.begin(), keys.end())));
  for (auto const& key : keys) w.must_erase(key, w.get(key)->ver);
  BOOST_TEST(w.events().run(w.store().list("", "", 10))->items.empty());
}

void bad_keys_are_refused(backend_world& w) {
  auto const invalid = make_error_code(errc::invalid_key);
  std::string const bad[] = {
      "",         std::string(513, 'k'), std::string(600, 'k'), std::string("a\0b", 3), "\xff", "a\xc3",
      "\xc0\xaf", "\xed\xa0\x80"};
  for (auto const& key : bad) {
    BOOST_TEST((w.events().run(w.store().get(key)).error() == invalid));
    BOOST_TEST((w.events().run(w.store().history(key, "", 1)).error() == invalid));
    for (auto const& outcome : {w.put(key, "v"), w.erase(key, version("1"))}) {
      auto const* const refused = std::get_if<rejected>(&outcome);
      BOOST_TEST_REQUIRE(refused);
      BOOST_TEST(refused->why == invalid);
    }
  }
}

void values_are_bytes(backend_world& w) {
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  std::string const values[] = {"", std::string(1, '\0'), every_byte, "\r\n\r\n",
                                std::string(1'000'000, 'x')};
  auto at = w.must_put("s/k", "start");
  for (auto const& value : values) {
    at = w.must_put("s/k", value, at);
    BOOST_TEST((w.get("s/k")->value == value));
  }
  std::string const largest(w.store().caps().max_value, 'v');
  at = w.must_put("s/k", largest, at);
  BOOST_TEST((w.get("s/k")->value == largest));
  BOOST_TEST((is<conflict>(w.put("s/k", "x"))));
  auto const outcome = w.put("s/k", largest + "v", at);
  auto const* const refused = std::get_if<rejected>(&outcome);
  BOOST_TEST_REQUIRE(refused);
  BOOST_TEST(refused->why == make_error_code(errc::value_too_large));
  BOOST_TEST((w.get("s/k")->ver == at));
}

std::vector<std::string> list_all(backend_world& w, std::string const& prefix, std::size_t limit) {
  std::vector<std::string> keys;
  std::string cursor;
  do {
    auto const page = w.events().run(w.store().list(prefix, cursor, limit));
    BOOST_TEST_REQUIRE(page.has_value());
    BOOST_TEST(page->items.size() <= limit);
    for (auto const& item : page->items) {
      keys.push_back(item.key);
      BOOST_TEST((w.get(item.key)->ver == item.ver), item.key);
    }
    cursor = page->next;
  } while (!cursor.empty());
  return keys;
}

void listing(backend_world& w) {
  std::vector<std::string> const keys = {"a/1", "a/10", "a/2", "a/B", "a/b", "a/\xc3\xa4", "b/1", "c"};
  for (auto it = keys.rbegin(); it != keys.rend(); ++it) w.must_put(*it, *it);
  w.must_erase("a/2", w.must_put("a/2", "again", w.get("a/2")->ver));
  std::vector<std::string> const below_a = {"a/1", "a/10", "a/B", "a/b", "a/\xc3\xa4"};
  for (std::size_t const limit : {1u, 2u, 5u, 1000u}) BOOST_TEST(list_all(w, "a/", limit) == below_a);
  BOOST_TEST(list_all(w, "", 3).size() == 7u);
  BOOST_TEST((list_all(w, "c", 1) == std::vector<std::string>{"c"}));
  BOOST_TEST(list_all(w, "z", 1).empty());
}

void history(backend_world& w) {
  if (!w.store().caps().history) return;
  BOOST_TEST(w.events().run(w.store().history("s/k", "", 10))->items.empty());
  std::vector<version> made;
  made.push_back(w.must_put("s/k", "0"));
  for (int i = 1; i < 4; ++i) made.push_back(w.must_put("s/k", std::to_string(i), made.back()));
  w.must_erase("s/k", made.back());
  made.push_back(w.must_put("s/k", "4"));
  w.must_put("s/other", "x");
  for (std::size_t const limit : {1u, 2u, 100u}) {
    std::vector<entry> found;
    std::string cursor;
    do {
      auto page = w.events().run(w.store().history("s/k", cursor, limit));
      BOOST_TEST_REQUIRE(page.has_value());
      for (auto& item : page->items) found.push_back(std::move(item));
      cursor = page->next;
    } while (!cursor.empty());
    BOOST_TEST_REQUIRE(found.size() == 5u);
    for (std::size_t i = 0; i < 5; ++i) {
      BOOST_TEST(found[i].value == std::to_string(4 - i));
      BOOST_TEST((found[i].ver == made[4 - i]));
    }
  }
}

/// An age may be a little short, by rounding, and never too long.
bool is_about_5s(std::optional<milliseconds> const& age, boot_clock::duration at_most) {
  return age && *age >= 4900ms && *age <= at_most;
}

void ages(backend_world& w) {
  if (!w.store().caps().server_age || !w.events().is_virtual()) return;
  auto const before = w.events().time()->now();
  auto const first = w.must_put("s/k", "1");
  w.events().run_for(5s);
  auto const found = w.get("s/k");
  BOOST_TEST(is_about_5s(found->age, w.events().time()->now() - before));
  auto const outcome = w.put("s/k", "2");
  if (auto const* const c = std::get_if<conflict>(&outcome); c && c->current)
    BOOST_TEST(is_about_5s(c->current->age, w.events().time()->now() - before));
  w.must_put("s/k", "2", first);
  BOOST_TEST((w.get("s/k")->age.value() < 1s));
}

void concurrent_writers_lose_no_update(backend_world& w) {
  constexpr int writers = 12, times = 8;
  int finished = 0;
  for (int i = 0; i < writers; ++i) {
    asio::co_spawn(w.events().executor(), count_up(w.store(), "s/counter", times),
                   [&](std::exception_ptr e, int n) {
                     BOOST_TEST(!e);
                     BOOST_TEST(n >= 0);
                     ++finished;
                   });
  }
  w.events().run_until([&] { return finished == writers; });
  BOOST_TEST(w.get("s/counter")->value == std::to_string(writers * times));
}

void one_of_many_creators_wins(backend_world& w) {
  constexpr int creators = 12;
  int finished = 0;
  std::vector<int> winners;
  for (int i = 0; i < creators; ++i) {
    asio::co_spawn(w.events().executor(), w.store().put_if("s/k", std::to_string(i), std::nullopt, ""),
                   [&, i](std::exception_ptr, put_result const& outcome) {
                     if (is<applied>(outcome)) winners.push_back(i);
                     ++finished;
                   });
  }
  w.events().run_until([&] { return finished == creators; });
  BOOST_TEST_REQUIRE(winners.size() == 1u);
  BOOST_TEST(w.get("s/k")->value == std::to_string(winners[0]));
}

/// Whatever a cancelled write says must be true, and the backend works on.
void cancelled_operations(backend_world& w) {
  auto at = w.must_put("s/k", "0");
  for (int i = 1; i <= 10; ++i) {
    asio::cancellation_signal cancel;
    std::optional<put_result> outcome;
    bool read = false;
    auto const value = std::to_string(i);
    asio::co_spawn(w.events().executor(), w.store().put_if("s/k", value, at, ""),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e, put_result r) {
                     BOOST_TEST(!e);
                     outcome = std::move(r);
                   }));
    asio::cancellation_signal cancel_read;
    asio::co_spawn(
        w.events().executor(), w.store().get("s/k"),
        asio::bind_cancellation_slot(cancel_read.slot(), [&](std::exception_ptr e, auto const& found) {
          BOOST_TEST(!e);
          if (!found) BOOST_TEST(found.error() == asio::error::operation_aborted);
          read = true;
        }));
    w.events().run_for(0ms);
    cancel.emit(asio::cancellation_type::terminal);
    cancel_read.emit(asio::cancellation_type::terminal);
    w.events().run_until([&] { return outcome && read; });
    w.events().run_for(50ms);
    auto const now = w.get("s/k");
    BOOST_TEST_REQUIRE(now.has_value());
    if (is<applied>(*outcome)) BOOST_TEST(now->value == value);
    if (is<rejected>(*outcome)) BOOST_TEST((now->ver == at));
    BOOST_TEST((!is<conflict>(*outcome)));
    at = now->ver;
  }
}

void senseless_cursors(backend_world& w) {
  w.must_put("s/k", "v");
  w.events().run(w.store().list("", "no such cursor", 10));
  w.events().run(w.store().history("s/k", "no such cursor", 10));
  w.events().run(w.store().list("", "", 0));
  w.events().run(w.store().history("s/k", "", 1'000'000));
  BOOST_TEST(w.get("s/k")->value == "v");
}

}  // namespace

asio::awaitable<int> count_up(backend& store, std::string key, int times) {
  int conflicts = 0;
  for (int done = 0; done < times;) {
    auto reading = store.get(key);
    auto const found = co_await std::move(reading);
    if (!found) co_return -1;
    auto const number = *found ? std::stoi((*found)->value) : 0;
    auto const expected = *found ? std::optional((*found)->ver) : std::nullopt;
    auto writing = store.put_if(key, std::to_string(number + 1), expected, "");
    auto const outcome = co_await std::move(writing);
    if (is<applied>(outcome)) {
      ++done;
    } else if (is<conflict>(outcome)) {
      ++conflicts;
    } else {
      co_return -1;
    }
  }
  co_return conflicts;
}

std::optional<entry> backend_world::get(std::string key) {
  auto found = events().run(store().get(std::move(key)));
  auto const why = found ? std::string() : found.error().message();
  BOOST_TEST_REQUIRE(found.has_value(), why);
  return std::move(*found);
}

put_result backend_world::put(std::string key, std::string value, std::optional<version> expected,
                              std::string write_id) {
  return events().run(
      store().put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id)));
}

put_result backend_world::erase(std::string key, version expected) {
  return events().run(store().erase_if(std::move(key), std::move(expected)));
}

version backend_world::must_put(std::string key, std::string value, std::optional<version> expected,
                                std::string write_id) {
  auto const outcome = put(std::move(key), std::move(value), std::move(expected), std::move(write_id));
  BOOST_TEST_REQUIRE(std::holds_alternative<applied>(outcome));
  return std::get<applied>(outcome).ver;
}

version backend_world::must_erase(std::string key, version expected) {
  auto const outcome = erase(std::move(key), std::move(expected));
  BOOST_TEST_REQUIRE(std::holds_alternative<applied>(outcome));
  return std::get<applied>(outcome).ver;
}

std::ostream& operator<<(std::ostream& out, backend_case const& c) {
  return out << c.name;
}

std::vector<backend_case> const& backend_cases() {
  static std::vector<backend_case> const cases = {
      {"absent", absent},
      {"create once", create_once},
      {"replace", replace},
      {"versions are never reused", versions_are_never_reused},
      {"erase", erase},
      {"a repeated write is recognised", a_repeated_write_is_recognised},
      {"strange keys stay apart", strange_keys_stay_apart},
      {"bad keys are refused", bad_keys_are_refused},
      {"values are bytes", values_are_bytes},
      {"listing", listing},
      {"history", history},
      {"ages", ages},
      {"concurrent writers lose no update", concurrent_writers_lose_no_update},
      {"one of many creators wins", one_of_many_creators_wins},
      {"cancelled operations", cancelled_operations},
      {"senseless cursors", senseless_cursors},
  };
  return cases;
}

}  // namespace chronicle::conformance
