// The checker against histories made by hand: those that a register can have had, and those it cannot.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "chronicle/random_source.hpp"
#include "linearizability/checker.hpp"

namespace chronicle::linearizability {
namespace {

/// Builds a history operation by operation; orders are given as call and return.
class story {
 public:
  story& read(std::uint64_t from, std::uint64_t to, sighting saw) {
    return add(from, to, verb::read, outcome::seen).found(saw);
  }
  story& put(std::uint64_t from, std::uint64_t to, std::uint32_t value,
             std::optional<std::uint64_t> expected) {
    add(from, to, verb::put, outcome::unknown);
    last().value = value;
    last().expected = expected;
    return *this;
  }
  story& erase(std::uint64_t from, std::uint64_t to, std::uint64_t expected) {
    add(from, to, verb::erase, outcome::unknown);
    last().expected = expected;
    return *this;
  }
  // What the last operation came to; a write without a word about it had no answer.
  story& made(std::uint64_t revision) {
    last().came = outcome::applied;
    last().made = revision;
    return *this;
  }
  story& refused(sighting saw) {
    last().came = outcome::refused;
    return found(saw);
  }
  story& not_carried_out() {
    last().came = outcome::none;
    return *this;
  }
  story& id(std::uint32_t write_id) {
    last().write_id = write_id;
    return *this;
  }

  bool holds() const { return check(all).linearizable; }
  bool holds_after_anything() const { return check(all, register_state::anything()).linearizable; }

  history all;

 private:
  operation& last() { return all.back(); }
  story& found(sighting saw) {
    last().found = saw;
    return *this;
  }
  story& add(std::uint64_t from, std::uint64_t to, verb what, outcome came) {
    operation o;
    o.client = static_cast<int>(all.size());
    o.what = what;
    o.came = came;
    o.called.order = from;
    o.returned.order = to;
    all.push_back(o);
    return *this;
  }
};

constexpr auto nothing = sighting::nothing;
constexpr auto live = sighting::live;
constexpr auto tombstone = sighting::tombstone;
constexpr std::optional<std::uint64_t> absent;

BOOST_AUTO_TEST_SUITE(checker)

BOOST_AUTO_TEST_CASE(what_happens_one_after_the_other) {
  BOOST_TEST(story().holds());
  BOOST_TEST(story().read(1, 2, nothing()).put(3, 4, 7, absent).made(1).read(5, 6, live(1, 7)).holds());
  BOOST_TEST(!story().put(1, 2, 7, absent).made(1).read(3, 4, nothing()).holds(), "a stale read");
  BOOST_TEST(!story().read(1, 2, live(1, 7)).holds(), "a value nobody wrote");
  BOOST_TEST(!story().put(1, 2, 7, absent).made(1).read(3, 4, live(1, 8)).holds(), "another value");
  BOOST_TEST(!story().put(1, 2, 7, absent).made(1).read(3, 4, live(2, 7)).holds(), "another revision");
}

BOOST_AUTO_TEST_CASE(overlapping_operations_may_have_any_order) {
  BOOST_TEST(story().put(1, 9, 7, absent).made(1).read(2, 3, nothing()).read(4, 5, live(1, 7)).holds());
  BOOST_TEST(!story().put(1, 9, 7, absent).made(1).read(2, 3, live(1, 7)).read(4, 5, nothing()).holds(),
             "a value that came and went");
  BOOST_TEST(story().put(1, 4, 7, absent).made(1).put(2, 6, 8, 1).made(2).read(3, 5, live(1, 7)).holds());
  BOOST_TEST(story().put(1, 4, 7, absent).made(1).read(4, 5, nothing()).holds(),
             "equal times are concurrent");
}

BOOST_AUTO_TEST_CASE(compare_and_swap_looks_at_the_revision) {
  story const s = story().put(1, 2, 7, absent).made(1).put(3, 4, 8, 1).made(2);
  BOOST_TEST(s.holds());
  BOOST_TEST(!story(s).put(5, 6, 9, 1).made(3).holds(), "the condition was ignored");
  BOOST_TEST(story(s).put(5, 6, 9, 1).refused(live(2, 8)).holds());
  BOOST_TEST(!story(s).put(5, 6, 9, 2).refused(live(2, 8)).holds(), "refused although it held");
  BOOST_TEST(!story(s).put(5, 6, 9, absent).made(3).holds(), "created over a value");
  BOOST_TEST(!story(s).put(5, 6, 9, 1).refused(live(1, 7)).holds(), "a stale refusal");
  BOOST_TEST(story(s).read(5, 6, live(2, std::nullopt)).holds());
  BOOST_TEST(!story(s).read(5, 6, live(1, std::nullopt)).holds(), "not modified, although it was");
}

BOOST_AUTO_TEST_CASE(two_may_not_win_on_one_revision) {
  story const s = story().put(1, 2, 7, absent).made(1);
  BOOST_TEST(story(s).put(3, 9, 8, 1).made(2).put(4, 8, 9, 1).refused(live(2, 8)).holds());
  BOOST_TEST(!story(s).put(3, 9, 8, 1).made(2).put(4, 8, 9, 1).made(3).holds());
}

BOOST_AUTO_TEST_CASE(revisions_grow_and_are_never_used_again) {
  story const s = story().put(1, 2, 7, absent).made(5);
  BOOST_TEST(!story(s).put(3, 4, 8, 5).made(5).holds());
  BOOST_TEST(!story(s).put(3, 4, 8, 5).made(4).holds());
  BOOST_TEST(!story(s).erase(3, 4, 5).made(6).put(5, 6, 8, absent).made(6).holds());
}

BOOST_AUTO_TEST_CASE(erasing_leaves_a_tombstone) {
  story const s = story().put(1, 2, 7, absent).made(1).erase(3, 4, 1).made(2);
  BOOST_TEST(story(s).read(5, 6, tombstone(2)).holds());
  BOOST_TEST(!story(s).read(5, 6, live(1, 7)).holds(), "back from the dead");
  BOOST_TEST(!story(s).read(5, 6, nothing()).holds(), "forgotten");
  BOOST_TEST(story(s).put(5, 6, 8, absent).made(3).read(7, 8, live(3, 8)).holds());
  BOOST_TEST(story(s).erase(5, 6, 1).refused(tombstone(2)).holds());
  BOOST_TEST(!story(s).erase(5, 6, 2).made(3).holds(), "a tombstone is no value to erase");
}

BOOST_AUTO_TEST_CASE(a_write_without_an_answer_happens_late_or_never) {
  story const s = story().put(1, 2, 7, absent).made(1).put(3, never_returned, 8, 1);
  BOOST_TEST(story(s).read(4, 5, live(1, 7)).read(6, 7, live(1, 7)).holds(), "never");
  BOOST_TEST(story(s).read(4, 5, live(1, 7)).read(6, 7, live(2, 8)).holds(), "after a read");
  BOOST_TEST(!story(s).read(4, 5, live(2, 8)).read(6, 7, live(1, 7)).holds(), "and not again");
  BOOST_TEST(!story(s).put(4, 5, 9, 1).made(2).read(6, 7, live(3, 8)).holds(), "its condition is gone");
  BOOST_TEST(story(s).put(4, 5, 9, 1).refused(live(2, 8)).holds());
  BOOST_TEST(story(s).put(4, 5, 9, 4).made(6).holds(), "its revision may be what somebody guessed");
  BOOST_TEST(!story(s).put(4, 5, 9, 4).made(6).read(6, 7, live(2, 8)).holds());
  BOOST_TEST(!story(s).read(4, 5, live(1, 8)).holds(), "its revision is a new one");
  BOOST_TEST(!story().read(1, 2, live(1, 8)).put(3, never_returned, 8, absent).holds(),
             "not before its call");
}

BOOST_AUTO_TEST_CASE(several_writes_without_answers_form_a_chain) {
  story s;
  s.put(1, never_returned, 1, absent).read(2, 3, live(4, 1)).put(4, never_returned, 2, 4);
  s.read(5, 6, live(6, 2)).erase(7, never_returned, 6);
  BOOST_TEST(story(s).read(8, 9, tombstone(9)).holds());
  BOOST_TEST(story(s).read(8, 9, live(6, 2)).holds());
  BOOST_TEST(!story(s).read(8, 9, live(4, 1)).holds());
  BOOST_TEST(!story(s).read(8, 9, tombstone(5)).holds());
}

BOOST_AUTO_TEST_CASE(what_was_not_carried_out_never_shows) {
  story const s = story().put(1, 2, 7, absent).not_carried_out();
  BOOST_TEST(story(s).read(3, 4, nothing()).holds());
  BOOST_TEST(!story(s).read(3, 4, live(1, 7)).holds());
}

BOOST_AUTO_TEST_CASE(a_write_sent_again_under_its_id) {
  story const s = story().put(1, 2, 7, absent).made(1).put(3, never_returned, 8, 1).id(5);
  BOOST_TEST(story(s).put(4, 5, 8, 1).id(5).made(2).read(6, 7, live(2, 8)).holds());
  BOOST_TEST(story(s).read(4, 5, live(2, 8)).put(6, 7, 8, 1).id(5).made(2).holds());
  BOOST_TEST(!story(s).read(4, 5, live(2, 8)).put(6, 7, 8, 1).id(5).made(3).holds(), "applied twice");
  BOOST_TEST(!story(s).read(4, 5, live(2, 8)).put(6, 7, 8, 1).id(5).refused(live(2, 8)).holds(),
             "refused although it had been carried out");
  BOOST_TEST(!story(s).read(4, 5, live(2, 8)).put(6, 7, 9, 1).id(5).made(2).holds(), "with other bytes");
  BOOST_TEST(!story(s).read(4, 5, live(2, 8)).put(6, 7, 8, 1).id(6).made(2).holds(), "under another id");
  story const overwritten = story(s).read(4, 5, live(2, 8)).put(6, 7, 9, 2).made(3);
  BOOST_TEST(story(overwritten).put(8, 9, 8, 1).id(5).refused(live(3, 9)).holds());
  BOOST_TEST(!story(overwritten).put(8, 9, 8, 1).id(5).made(4).holds(), "over what came later");
  story const erased = story(s).read(4, 5, live(2, 8)).erase(6, never_returned, 2).id(6);
  BOOST_TEST(story(erased).erase(8, 9, 2).id(6).made(3).erase(10, 11, 2).id(6).made(3).holds());
  BOOST_TEST(!story(erased).erase(8, 9, 2).id(6).made(3).erase(10, 11, 2).id(6).made(4).holds());
}

BOOST_AUTO_TEST_CASE(a_key_of_which_nothing_is_known) {
  BOOST_TEST(story().read(1, 2, live(9, 7)).put(3, 4, 8, 9).made(10).holds_after_anything());
  BOOST_TEST(story().put(3, 4, 8, 9).made(10).holds_after_anything());
  BOOST_TEST(story().erase(1, 2, 9).refused(nothing()).holds_after_anything());
  BOOST_TEST(!story().read(1, 2, live(9, 7)).read(3, 4, live(8, 6)).holds_after_anything());
  BOOST_TEST(!story().put(3, 4, 8, 9).made(9).holds_after_anything());
}

BOOST_AUTO_TEST_CASE(the_window_is_what_cannot_be_explained) {
  story s;
  std::uint64_t now = 1;
  for (std::uint32_t i = 1; i <= 50; ++i, now += 4) {
    s.put(now, now + 1, i, i == 1 ? absent : std::optional<std::uint64_t>(i - 1)).made(i);
    s.read(now + 2, now + 3, live(i, i));
  }
  BOOST_TEST(smallest_window(s.all).empty());
  s.put(now, never_returned, 99, 50);
  s.read(now + 1, now + 2, live(50, 50)).read(now + 3, now + 4, live(48, 48));
  for (now += 5; now < 1000; now += 2) s.read(now, now + 1, live(50, 50));
  history const window = smallest_window(s.all);
  std::ostringstream text;
  text << window;
  BOOST_TEST(window.size() == 2U, text.str());
  BOOST_TEST(text.str().find("get -> v50, revision 50") != std::string::npos, text.str());
  BOOST_TEST(text.str().find("get -> v48, revision 48") != std::string::npos, text.str());
  BOOST_TEST(!check(window, register_state::anything()).linearizable);
}

BOOST_AUTO_TEST_CASE(the_window_keeps_the_beginning_when_it_matters) {
  history const window =
      smallest_window(story().put(1, 2, 7, absent).not_carried_out().read(5, 6, live(1, 7)).all);
  BOOST_TEST(window.size() == 1U);
  BOOST_TEST(!check(window).linearizable);
}

BOOST_AUTO_TEST_CASE(the_window_begins_before_what_was_under_way) {
  story s;
  s.put(1, 2, 7, absent).made(1).put(3, 5, 8, 1).made(2).read(4, 8, live(1, 7)).read(6, 7, live(2, 8));
  BOOST_TEST(s.holds());
  s.read(9, 10, live(1, 7));
  history const window = smallest_window(s.all);
  std::ostringstream text;
  text << window;
  BOOST_TEST(window.size() == 2U, text.str());
  BOOST_TEST(text.str().find("client  2") == std::string::npos,
             "the read that overlaps proves nothing: " << text.str());
}

/// Eight clients at a time, in an order that a register really had.
history overlap(std::uint64_t seed, std::size_t length) {
  auto const chance = make_seeded_random_source(seed);
  story s;
  std::uint64_t revision = 0;
  for (std::uint64_t i = 1; i <= length; ++i) {
    auto const from = 100 * i - uniform_up_to(*chance, std::min<std::uint64_t>(400, 100 * i - 1));
    auto const to = 100 * i + uniform_up_to(*chance, 400);
    auto const value = static_cast<std::uint32_t>(i);
    auto const expected = revision == 0 ? absent : std::optional(revision);
    switch (uniform_up_to(*chance, 3)) {
      case 0: s.read(from, to, revision == 0 ? nothing() : live(revision, std::nullopt)); break;
      case 1: s.put(from, to, value, i + 1000).refused(revision == 0 ? nothing() : live(revision, {})); break;
      case 2:
        s.put(from, never_returned, value, expected);
        revision += 2;
        break;
      default: s.put(from, to, value, expected).made(revision += 2); break;
    }
  }
  return s.all;
}

BOOST_AUTO_TEST_CASE(long_histories_are_cheap_and_one_lie_in_them_is_found) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    history h = overlap(seed, 1000);
    auto const honest = check(h);
    BOOST_TEST(honest.linearizable, "seed " << seed);
    BOOST_TEST(honest.steps < 100'000U, "seed " << seed);
    auto const lie = std::ranges::find_if(h.begin() + 500, h.end(),
                                          [](operation const& o) { return o.came == outcome::applied; });
    lie->made += 1;
    auto const caught = check(h);
    BOOST_TEST(!caught.linearizable, "seed " << seed);
    BOOST_TEST(caught.steps < 100'000U, "seed " << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::linearizability
