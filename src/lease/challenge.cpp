#include "lease/challenge.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/hex.hpp"
#include "integrity/canonical.hpp"
#include "integrity/json_text.hpp"

namespace chronicle::lease {
namespace {

namespace json = boost::json;

constexpr std::array kind_names{"challenge", "reply", "probe", "robbed"};
constexpr std::array state_names{"active", "releasing", "released"};

template <class Enum, std::size_t N>
std::optional<Enum> find_name(std::array<char const*, N> const& names, json::value const* text) {
  if (!text || !text->is_string()) return std::nullopt;
  for (std::size_t i = 0; i < N; ++i)
    if (text->get_string() == names[i]) return static_cast<Enum>(i);
  return std::nullopt;
}

bool read_text(json::object const& from, char const* name, std::string& to) {
  auto const* value = from.if_contains(name);
  if (!value || !value->is_string()) return false;
  to.assign(value->get_string().data(), value->get_string().size());
  return true;
}

// Over the canonical form, so that it does not depend on the order of members. Empty when OpenSSL refuses, as
// it may a short secret under FIPS rules.
std::string authenticate(json::object const& fields, std::string_view secret) {
  std::string const text = to_canonical_text(json::value(fields));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  auto const* const done =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest.data(), &length);
  if (!done) return {};
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) append_hex(hex, digest[i]);
  return hex;
}

bool is_authentic(json::object const& with_mac, std::string_view secret) {
  std::string given;
  if (!read_text(with_mac, "mac", given)) return false;
  json::object without = with_mac;
  without.erase("mac");
  std::string const expected = authenticate(without, secret);
  return !expected.empty() && given.size() == expected.size() &&
         CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0;
}

}  // namespace

std::string encode(message const& m, std::string_view secret) {
  json::object fields;
  fields["kind"] = kind_names[static_cast<std::size_t>(m.kind)];
  fields["nonce"] = m.nonce;
  fields["key"] = m.key;
  fields["session"] = m.session;
  fields["generation"] = m.generation;
  fields["from"] = m.from;
  if (m.kind == message_kind::reply) {
    fields["state"] = state_names[static_cast<std::size_t>(m.state)];
    fields["valid_ms"] = m.valid_for.count();
  }
  if (!secret.empty()) fields["mac"] = authenticate(fields, secret);
  return json::serialize(fields);
}

std::optional<message> decode(std::string_view text, std::string_view secret) {
  auto const parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  json::object const& fields = parsed->get_object();
  if (!secret.empty() && !is_authentic(fields, secret)) return std::nullopt;

  message m;
  auto const kind = find_name<message_kind>(kind_names, fields.if_contains("kind"));
  auto const* generation = fields.if_contains("generation");
  bool const complete = kind && read_text(fields, "nonce", m.nonce) && read_text(fields, "key", m.key) &&
                        read_text(fields, "session", m.session) && read_text(fields, "from", m.from) &&
                        generation;
  if (!complete) return std::nullopt;
  m.kind = *kind;
  boost::system::error_code not_a_number;
  m.generation = generation->to_number<std::uint64_t>(not_a_number);
  if (not_a_number) return std::nullopt;
  if (m.kind == message_kind::reply) {
    auto const state = find_name<owner_state>(state_names, fields.if_contains("state"));
    auto const* valid = fields.if_contains("valid_ms");
    if (!state || !valid) return std::nullopt;
    m.state = *state;
    m.valid_for = milliseconds{valid->to_number<std::int64_t>(not_a_number)};
    if (not_a_number || m.valid_for < milliseconds::zero()) return std::nullopt;
  }
  return m;
}

bool answers(message const& m, std::string const& nonce, record::lease const& held) {
  return m.kind == message_kind::reply && m.nonce == nonce && m.from == held.server &&
         m.session == held.session && m.generation == held.generation;
}

std::optional<owner_state> decide_reply(message const& challenge, std::string const& session,
                                        std::uint64_t generation, session_state state,
                                        bool stalled_since_confirmed) {
  if (challenge.session != session || challenge.generation != generation) return std::nullopt;
  if (state == session_state::releasing) return owner_state::releasing;
  if (state == session_state::released) return owner_state::released;
  if (state == session_state::active && !stalled_since_confirmed) return owner_state::active;
  return std::nullopt;
}

}  // namespace chronicle::lease
