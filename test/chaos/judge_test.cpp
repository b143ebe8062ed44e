// The judge of the chaos test: good histories pass, and each kind of broken one is named by the rule it
// breaks.
#include "chaos/judge.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "lease/transitions.hpp"
#include "record/codec.hpp"

namespace chronicle::chaos {
namespace {

using namespace std::chrono_literals;

std::string const key = "PlayerData/p1";

/// Writes the history of one key, as well-behaved servers would unless told otherwise.
struct tale {
  std::vector<revision> history;
  std::vector<claim> claims;
  std::set<std::string> dead;
  record::header head;
  std::uint64_t edits = 0;

  boost::json::object data() const { return {{"Edits", edits}}; }
  std::string hash() const { return format_hash(canonical_hash(data())); }

  tale& write() {
    auto const number = static_cast<std::int64_t>(10 * history.size() + 2);
    history.emplace_back(number, key, record::encode(head, data()));
    return *this;
  }
  tale& acquire(std::string const& session) {
    lease::owner const who{"server-of-" + session, session};
    head = history.empty() ? lease::create(key, who, 60s, hash(), wall_time_point())
                           : lease::acquire(head, who, 60s, wall_time_point());
    return write();
  }
  tale& save(std::uint64_t more_edits = 1) {
    edits += more_edits;
    head = lease::save(head, head.lease.seq + 1, head.commit.index + 1, hash(), wall_time_point());
    return write();
  }
  tale& renew() {
    head = lease::renew(head, head.lease.seq + 1, wall_time_point());
    return write();
  }
  tale& release() {
    head = lease::release(head);
    return write();
  }
  tale& tell(claim::kind what) { return tell(what, head.lease.session, head.commit.index, edits); }
  tale& tell(claim::kind what, std::string const& session, std::uint64_t index = 0,
             std::uint64_t with_edits = 0) {
    claim c;
    c.what = what;
    c.key = key;
    c.session = session;
    c.commit_index = index;
    c.edits = with_edits;
    claims.push_back(c);
    return *this;
  }

  verdict judged() const { return judge(history, claims, dead); }
  /// The rules that were broken, each once, in order.
  std::string broken() const {
    std::set<std::string> rules;
    for (auto const& line : judged().violations) rules.insert(line.substr(0, line.find(' ')));
    std::string all;
    for (auto const& rule : rules) all += (all.empty() ? "" : " ") + rule;
    return all;
  }
};

/// a plays, loses to b, who plays and leaves.
tale good_tale() {
  tale t;
  t.acquire("a").save().tell(claim::kind::saved).renew().save(3).tell(claim::kind::saved);
  t.acquire("b").tell(claim::kind::lost, "a").tell(claim::kind::never, "a", 4, 9);
  t.save().renew().tell(claim::kind::saved).release().tell(claim::kind::released);
  return t;
}

BOOST_AUTO_TEST_SUITE(the_judge)

BOOST_AUTO_TEST_CASE(a_good_history_passes_and_is_counted) {
  auto const found = good_tale().judged();
  BOOST_TEST(found.violations.empty());
  BOOST_TEST(found.revisions == 8u);
  BOOST_TEST(found.sessions == 2u);
  BOOST_TEST(found.takeovers == 1u);
  BOOST_TEST(found.claims == 6u);
}

BOOST_AUTO_TEST_CASE(a_touch_by_another_session_is_allowed) {
  auto t = good_tale();
  t.acquire("c");
  t.head = lease::touch(t.head, "fence");
  t.write().release();
  BOOST_TEST(t.broken() == "");
}

BOOST_AUTO_TEST_CASE(broken_histories_are_caught_by_the_rule_they_break) {
  struct {
    char const* name;
    std::string rules;
    std::function<void(tale&)> breaks;
  } const cases[] = {
      {"the generation falls", "S2 S4",
       [](tale& t) {
         t.acquire("c");
         --t.head.lease.generation;
         t.write().release();
       }},
      {"the generation jumps", "S2",
       [](tale& t) {
         t.head = lease::acquire(t.head, {"s", "c"}, 60s, {});
         ++t.head.lease.generation;
         t.write().release();
       }},
      {"a session acquires twice", "S2 S4", [](tale& t) { t.acquire("b").release(); }},
      {"a second session in one generation", "S4",
       [](tale& t) {
         t.acquire("c");
         t.head.lease.session = "d";
         t.write().release();
       }},
      {"a record is deleted", "S2", [](tale& t) { t.history.emplace_back(999, key, "").erased = true; }},
      {"the first revision is no creation", "S2", [](tale& t) { t.history.erase(t.history.begin()); }},
      {"the lineage forgets the previous owner", "S2",
       [](tale& t) {
         t.head = lease::acquire(t.head, {"s", "c"}, 60s, {});
         t.head.lineage.pop_back();
         t.write().release();
       }},
      {"the lineage names another last commit", "S2",
       [](tale& t) {
         t.head = lease::acquire(t.head, {"s", "c"}, 60s, {});
         --t.head.lineage.back().final_commit;
         t.write().release();
       }},
      {"an acquire changes the data", "S3 S5",
       [](tale& t) {
         t.head = lease::acquire(t.head, {"s", "c"}, 60s, {});
         ++t.edits;
         t.head.commit.hash = t.hash();
         t.write().release();
       }},
      {"a commit by a stranger", "S3",
       [](tale& t) {
         t.acquire("c");
         ++t.edits;
         auto saved = lease::save(t.head, 2, t.head.commit.index + 1, t.hash(), {});
         saved.commit.session = "a";
         t.head = saved;
         t.write().release();
       }},
      {"the commit index is used again", "S3",
       [](tale& t) {
         t.acquire("c").save();
         ++t.edits;
         t.head = lease::save(t.head, 9, t.head.commit.index, t.hash(), {});
         t.write().release();
       }},
      {"an older save lands late", "S5",
       [](tale& t) {
         t.acquire("c");
         auto const older = t.head;
         t.save(5).tell(claim::kind::saved);
         t.edits -= 4;
         t.head = lease::save(older, 7, older.commit.index + 2, t.hash(), {});
         t.write().release();
       }},
      {"edits disappear", "S5",
       [](tale& t) {
         t.acquire("c");
         t.edits = 0;
         t.save(0).release();
       }},
      {"an acknowledged save is not there", "S5",
       [](tale& t) { t.tell(claim::kind::saved, "b", 99, t.edits); }},
      {"acknowledged edits are not there", "S5",
       [](tale& t) { t.tell(claim::kind::saved, "b", t.head.commit.index, t.edits + 1); }},
      {"acknowledged edits are somebody else's", "S5",
       [](tale& t) {
         t.tell(claim::kind::saved, "b", t.head.commit.index, t.edits + 1);
         t.acquire("c").save().release();
       }},
      {"lost but saved is not there", "S5", [](tale& t) { t.tell(claim::kind::lost_but_saved, "a", 99, 1); }},
      {"a save of a session unknown", "S5", [](tale& t) { t.tell(claim::kind::saved, "z", 1, 0); }},
      {"a save that was to be never is there", "S6", [](tale& t) { t.tell(claim::kind::never, "a", 2, 0); }},
      {"a session is lost to nobody", "S7", [](tale& t) { t.tell(claim::kind::lost, "b"); }},
      {"a released lease is held again", "S8",
       [](tale& t) {
         t.acquire("c").release();
         t.head.lease.state = record::lease_state::held;
         t.write().release();
       }},
      {"released, and still held", "S15 S8", [](tale& t) { t.acquire("c").tell(claim::kind::released); }},
      {"a damaged record", "S9",
       [](tale& t) {
         auto& text = t.history.at(6).value;
         text[text.find("\"Edits\":") + 8] ^= 1;
       }},
      {"a record of another key", "S9", [](tale& t) { t.history.at(6).key = "PlayerData/p2"; }},
      {"a lease is left", "S15", [](tale& t) { t.acquire("c"); }},
  };
  for (auto const& c : cases) {
    auto t = good_tale();
    c.breaks(t);
    BOOST_TEST(t.broken() == c.rules, c.name << ": " << t.broken() << " instead of " << c.rules);
  }
}

BOOST_AUTO_TEST_CASE(leases_of_the_dead_and_of_those_who_said_so_may_be_left) {
  auto t = good_tale();
  t.acquire("c");
  BOOST_TEST(t.broken() == "S15");
  auto told = t;
  told.tell(claim::kind::left_behind);
  BOOST_TEST(told.broken() == "");
  t.dead = {"server-of-c"};
  BOOST_TEST(t.broken() == "");
}

BOOST_AUTO_TEST_CASE(keys_are_judged_apart) {
  auto t = good_tale();
  auto other = good_tale();
  for (auto& r : other.history) {
    auto decoded = record::decode(r.value, key);
    decoded->head.key = r.key = "PlayerData/p2";
    for (auto* session : {&decoded->head.lease.session, &decoded->head.commit.session}) *session += "2";
    for (auto& entry : decoded->head.lineage) entry.session += "2";
    r.value = record::encode(decoded->head, decoded->data);
    t.history.push_back(r);
  }
  BOOST_TEST(t.broken() == "");
  BOOST_TEST(t.judged().sessions == 4u);
}

BOOST_AUTO_TEST_CASE(claims_survive_a_journal_and_lines_that_were_cut_do_not) {
  for (auto const& told : good_tale().claims) {
    auto const line = to_line(told);
    claim back;
    BOOST_REQUIRE(from_line(line, back));
    BOOST_TEST(to_line(back) == line);
    for (std::size_t cut = 0; cut < line.size(); ++cut) BOOST_TEST(!from_line(line.substr(0, cut), back));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::chaos
