// The messages of a challenge: read back as they were sent, refused when they are not what they claim to be;
// and what an owner answers.
#include "lease/challenge.hpp"

#include <limits>
#include <vector>

#include "chronicle/random_source.hpp"
#include "integrity/json_text.hpp"
#include "support/seed.hpp"
#include "unit/lease/lease_fixture.hpp"

namespace chronicle::test {
namespace {

namespace json = boost::json;
using lease::decode;
using lease::encode;
using lease::message;
using lease::message_kind;
using lease::owner_state;

constexpr char const* secret = "a shared secret";

message of_kind(message_kind kind) {
  message m;
  m.kind = kind;
  m.nonce = "nonce-1";
  m.key = "PlayerData/Player_1";
  m.session = "owner";
  m.generation = 7;
  m.from = "server-b";
  return m;
}

message reply(owner_state state) {
  message m = of_kind(message_kind::reply);
  m.from = "server-a";
  m.state = state;
  m.valid_for = 42'500ms;
  return m;
}

std::vector<message> const& one_of_each() {
  static std::vector<message> const all{of_kind(message_kind::challenge), of_kind(message_kind::probe),
                                        of_kind(message_kind::robbed),    reply(owner_state::active),
                                        reply(owner_state::releasing),    reply(owner_state::released)};
  return all;
}

bool same(message const& a, message const& b) {
  return a.kind == b.kind && a.nonce == b.nonce && a.key == b.key && a.session == b.session &&
         a.generation == b.generation && a.from == b.from && a.state == b.state && a.valid_for == b.valid_for;
}

json::object fields(std::string const& text) {
  return parse_json(text).value().as_object();
}

/// A reply with one member changed, its mac left as it was.
template <class Change>
std::string altered(Change change, std::string_view under = secret) {
  json::object all = fields(encode(reply(owner_state::active), under));
  change(all);
  return to_json_text(all);
}

BOOST_AUTO_TEST_SUITE(lease_challenge)

BOOST_AUTO_TEST_CASE(comes_back_as_it_was_sent) {
  for (char const* under : {"", secret})
    for (message const& m : one_of_each()) {
      auto const read = decode(encode(m, under), under);
      BOOST_TEST_REQUIRE(read.has_value());
      BOOST_TEST(same(*read, m));
    }
}

BOOST_AUTO_TEST_CASE(comes_back_whatever_is_in_it) {
  message m = reply(owner_state::active);
  m.nonce = "";
  m.key = "quote \" backslash \\ newline \n \xE2\x82\xAC \xF0\x9F\x8E\xAE";
  m.session = std::string("nul \0 in it", 11);
  m.from = std::string(10'000, 'x');
  m.generation = std::numeric_limits<std::uint64_t>::max();
  m.valid_for = 0ms;
  for (char const* under : {"", secret}) {
    auto const read = decode(encode(m, under), under);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(same(*read, m));
  }
}

BOOST_AUTO_TEST_CASE(the_mac_is_hmac_sha_256_over_the_canonical_form) {
  // printf %s '{"from":"server-b","generation":7,"key":"PlayerData/Player_1","kind":"challenge",
  //   "nonce":"nonce-1","session":"owner"}' (on one line) | openssl dgst -sha256 -hmac 'a shared secret'
  json::object const all = fields(encode(of_kind(message_kind::challenge), secret));
  BOOST_TEST(all.at("mac").as_string() == "77d350c5932aa6f06b20e6cbe20475a502a795568495ab1b43ab7c0a78d1aba5");
}

BOOST_AUTO_TEST_CASE(the_order_of_members_and_white_space_are_no_matter) {
  json::object const all = fields(encode(reply(owner_state::active), secret));
  std::string text = "{ ";
  for (auto member = all.end(); member != all.begin();) {
    --member;
    text += "\n \"" + std::string(member->key()) + "\" : " + to_json_text(member->value());
    text += member == all.begin() ? "}" : ",";
  }
  BOOST_TEST(decode(text, secret).has_value());
}

BOOST_AUTO_TEST_CASE(who_has_which_secret) {
  struct row {
    char const* name;
    char const* sender;
    char const* receiver;
    bool heard;
  };
  for (row const& r : {row{"none", "", "", true}, row{"the same", secret, secret, true},
                       row{"only the receiver: unsigned messages are ignored", "", secret, false},
                       row{"only the sender: nobody checks", secret, "", true},
                       row{"another", "another secret", secret, false},
                       row{"one that begins like it", "a shared secret!", secret, false},
                       row{"one that it begins with", "a shared", secret, false}})
    BOOST_TEST_CONTEXT(r.name)
  for (message const& m : one_of_each())
    BOOST_TEST(decode(encode(m, r.sender), r.receiver).has_value() == r.heard);
}

BOOST_AUTO_TEST_CASE(whatever_is_altered_is_not_authentic) {
  // Each member of a genuine reply replaced by another plausible value.
  struct change {
    char const* member;
    json::value value;
  };
  std::vector<change> const changes{{"kind", "robbed"},
                                    {"nonce", "nonce-2"},
                                    {"key", "PlayerData/Player_2"},
                                    {"session", "thief"},
                                    {"generation", 8},
                                    {"from", "server-c"},
                                    {"state", "released"},
                                    {"valid_ms", 42'501},
                                    {"an unknown member", true},
                                    {"mac", ""},
                                    {"mac", json::value(1)},
                                    {"mac", json::value()},
                                    {"mac", json::string(64, '0')}};
  for (auto const& [member, value] : changes) BOOST_TEST_CONTEXT(member << " = " << to_json_text(value)) {
      auto const text = altered([&](json::object& all) { all[member] = value; });
      BOOST_TEST(!decode(text, secret).has_value());
    }
  BOOST_TEST(decode(altered([](json::object&) {}), secret).has_value());
}

BOOST_AUTO_TEST_CASE(a_mac_is_compared_to_its_last_digit) {
  json::object const genuine = fields(encode(reply(owner_state::active), secret));
  std::string const mac(genuine.at("mac").as_string());
  BOOST_TEST_REQUIRE(mac.size() == 64u);
  auto const heard = [&](std::string const& forged) {
    return decode(altered([&](json::object& all) { all["mac"] = forged; }), secret).has_value();
  };
  for (std::size_t n = 0; n < mac.size(); ++n) {
    std::string forged = mac;
    forged[n] = forged[n] == '0' ? '1' : '0';
    BOOST_TEST(!heard(forged));
    BOOST_TEST(!heard(mac.substr(0, n)));
  }
  BOOST_TEST(!heard(mac + "0"));
  BOOST_TEST(heard(mac));
}

BOOST_AUTO_TEST_CASE(a_mac_is_bound_to_its_message) {
  json::object const challenge = fields(encode(of_kind(message_kind::challenge), secret));
  for (message const& m : one_of_each()) {
    json::object all = fields(encode(m, secret));
    all["mac"] = challenge.at("mac");
    BOOST_TEST(decode(to_json_text(all), secret).has_value() == (m.kind == message_kind::challenge));
  }
}

BOOST_AUTO_TEST_CASE(missing_members) {
  for (char const* member : {"kind", "nonce", "key", "session", "generation", "from", "state", "valid_ms"})
    BOOST_TEST_CONTEXT(member) {
      auto const text = altered([&](json::object& all) { all.erase(member); }, "");
      BOOST_TEST(!decode(text, "").has_value());
    }
  // Only a reply has a state.
  for (message const& m : one_of_each()) {
    json::object all = fields(encode(m, ""));
    all.erase("state");
    all.erase("valid_ms");
    BOOST_TEST(decode(to_json_text(all), "").has_value() == (m.kind != message_kind::reply));
  }
}

BOOST_AUTO_TEST_CASE(members_of_the_wrong_kind) {
  json::value const not_a_text[] = {nullptr, true, 7, 1.5, json::array{"x"}, json::object{{"x", "y"}}};
  for (char const* member : {"kind", "nonce", "key", "session", "from", "state"})
    for (auto const& value : not_a_text) BOOST_TEST_CONTEXT(member << " = " << to_json_text(value)) {
        auto const text = altered([&](json::object& all) { all[member] = value; }, "");
        BOOST_TEST(!decode(text, "").has_value());
      }
  json::value const not_a_count[] = {nullptr, true, "7", 1.5, -1, 1e300, json::array{7}, json::object{}};
  for (char const* member : {"generation", "valid_ms"})
    for (auto const& value : not_a_count) BOOST_TEST_CONTEXT(member << " = " << to_json_text(value)) {
        auto const text = altered([&](json::object& all) { all[member] = value; }, "");
        BOOST_TEST(!decode(text, "").has_value());
      }
  for (auto const& [member, value] :
       {std::pair{"kind", "challenges"}, {"kind", ""}, {"kind", "REPLY"}, {"state", "lost"}, {"state", ""}})
    BOOST_TEST(!decode(altered([&](json::object& all) { all[member] = value; }, ""), "").has_value());
}

BOOST_AUTO_TEST_CASE(garbage) {
  for (std::string_view text :
       {"", " ", "{", "}", "[]", "null", "42", "\"challenge\"", "{}", "{\"kind\":\"challenge\"",
        "<html></html>", "\xFF\xFE", "{\"kind\":\"challenge\"}{}", "{\"mac\":\"\"}"})
    for (char const* under : {"", secret})
      BOOST_TEST_CONTEXT("'" << text << "'") BOOST_TEST(!decode(text, under).has_value());
  BOOST_TEST(!decode(std::string(100'000, '['), "").has_value());
  BOOST_TEST(!decode(std::string("{\0}", 3), "").has_value());
}

BOOST_AUTO_TEST_CASE(truncated) {
  std::string const text = encode(reply(owner_state::active), secret);
  for (std::size_t n = 0; n < text.size(); ++n) {
    BOOST_TEST(!decode(text.substr(0, n), secret).has_value());
    BOOST_TEST(!decode(text.substr(0, n), "").has_value());
  }
}

BOOST_AUTO_TEST_CASE(flipped_bits) {
  // Whatever is still heard under the secret means what was sent.
  std::string const text = encode(reply(owner_state::active), secret);
  for (std::size_t n = 0; n < text.size(); ++n)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = text;
      damaged[n] = static_cast<char>(damaged[n] ^ (1 << bit));
      auto const read = decode(damaged, secret);
      BOOST_TEST((!read || same(*read, reply(owner_state::active))));
    }
}

BOOST_AUTO_TEST_CASE(unknown_members_are_left_alone) {
  auto const text = altered([](json::object& all) { all["later"] = json::array{1, 2}; }, "");
  auto const read = decode(text, "");
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(same(*read, reply(owner_state::active)));
}

BOOST_AUTO_TEST_CASE(the_last_of_two_members_counts_in_the_mac_and_in_the_meaning) {
  std::string text = encode(reply(owner_state::active), secret);
  text.insert(1, "\"generation\":99,");
  auto const first = decode(text, secret);
  BOOST_TEST_REQUIRE(first.has_value());
  BOOST_TEST(first->generation == 7u);
  text = encode(reply(owner_state::active), secret);
  text.insert(text.size() - 1, ",\"generation\":99");
  BOOST_TEST(!decode(text, secret).has_value());
}

BOOST_AUTO_TEST_CASE(what_counts_as_an_answer) {
  auto const held = held_by("owner", 7, 5).lease;
  auto const changed = [](auto change) {
    message m = reply(owner_state::active);
    change(m);
    return m;
  };
  struct row {
    char const* name;
    message m;
    bool answers;
  };
  std::vector<row> const rows{
      {"a reply to this challenge", reply(owner_state::active), true},
      {"whatever its state", reply(owner_state::released), true},
      {"H4: a replay, or late: a reply to an earlier nonce", changed([](message& m) { m.nonce = "nonce-0"; }),
       false},
      {"no nonce", changed([](message& m) { m.nonce.clear(); }), false},
      {"H2: of another session on that server", changed([](message& m) { m.session = "later owner"; }),
       false},
      {"of an earlier generation", changed([](message& m) { m.generation = 6; }), false},
      {"of a later generation", changed([](message& m) { m.generation = 8; }), false},
      {"of a server that does not hold it", changed([](message& m) { m.from = "server-c"; }), false},
      {"an echo of our own challenge", of_kind(message_kind::challenge), false},
      {"our own probe", of_kind(message_kind::probe), false},
      {"a report of a robbery", of_kind(message_kind::robbed), false},
  };
  for (auto const& r : rows)
    BOOST_TEST_CONTEXT(r.name) BOOST_TEST(lease::answers(r.m, "nonce-1", held) == r.answers);
}

BOOST_AUTO_TEST_CASE(what_an_owner_answers) {
  struct row {
    char const* name;
    session_state state;
    bool stalled;
    std::optional<owner_state> expected;
  };
  std::vector<row> const rows{
      {"active", session_state::active, false, owner_state::active},
      {"C2: active, but the loop stood still and nothing was confirmed since", session_state::active, true,
       std::nullopt},
      {"V12: lapsed: it may not vouch", session_state::lapsed, false, std::nullopt},
      {"V12: lapsed and stalled", session_state::lapsed, true, std::nullopt},
      {"C3: releasing", session_state::releasing, false, owner_state::releasing},
      {"C3: releasing, which vouches for nothing, after a stall", session_state::releasing, true,
       owner_state::releasing},
      {"released", session_state::released, false, owner_state::released},
      {"released, after a stall", session_state::released, true, owner_state::released},
      {"lost", session_state::lost, false, std::nullopt},
      {"lost, after a stall", session_state::lost, true, std::nullopt},
  };
  message const asked = of_kind(message_kind::challenge);
  std::optional<owner_state> const silence;
  for (auto const& r : rows) BOOST_TEST_CONTEXT(r.name) {
      BOOST_TEST((lease::decide_reply(asked, "owner", 7, r.state, r.stalled)) == r.expected);
      // H2: the process lives; that says nothing about another session of the key.
      BOOST_TEST((lease::decide_reply(asked, "newer owner", 7, r.state, r.stalled)) == silence);
      BOOST_TEST((lease::decide_reply(asked, "owner", 6, r.state, r.stalled)) == silence);
      BOOST_TEST((lease::decide_reply(asked, "owner", 8, r.state, r.stalled)) == silence);
    }
}

BOOST_AUTO_TEST_CASE(random_messages_come_back_and_random_texts_do_no_harm) {
  for_each_seed(300, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    auto const text = [&] {
      std::string made(uniform_up_to(*random, 40), ' ');
      for (char& c : made) c = static_cast<char>(uniform_up_to(*random, 127));
      return made;
    };
    message m = reply(static_cast<owner_state>(uniform_up_to(*random, 2)));
    m.nonce = text();
    m.key = text();
    m.session = text();
    m.from = text();
    m.generation = random->next();
    m.valid_for = milliseconds{uniform_up_to(*random, 3'600'000)};
    std::string const shared = text();
    auto const read = decode(encode(m, shared), shared);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(same(*read, m));
    BOOST_TEST(!decode(text(), shared).has_value());
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
