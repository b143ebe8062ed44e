#include "record/codec.hpp"

#include <boost/assert.hpp>
#include <utility>

#include "base/quoted.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"
#include "record/head_text.hpp"
#include "record/member_reader.hpp"

namespace chronicle::record {
namespace {

void read_lease(member_reader in, lease& l) {
  std::string const state = in.text("state");
  if (!in.failed() && state != "held" && state != "released")
    in.fail("state", "expected \"held\" or \"released\", got " + quoted(state));
  l.state = state == "held" ? lease_state::held : lease_state::released;
  l.server = in.text("server");
  l.session = in.text("session");
  l.generation = in.whole_number("generation", 1);
  constexpr std::uint64_t longest = 24 * 3600 * 1000;
  l.duration =
      std::chrono::milliseconds{static_cast<std::int64_t>(in.whole_number("duration_ms", 1, longest))};
  l.expires_at = in.time("expires_at");
  l.seq = in.whole_number("seq", 0);
  l.fence = in.optional_text("fence");
  l.unknown = in.rest();
}

void read_commit(member_reader in, commit& c) {
  c.index = in.whole_number("index", 1);
  c.session = in.text("session");
  c.generation = in.whole_number("generation", 1);
  c.hash = in.hash("hash");
  c.parent = in.optional_hash("parent");
  c.unknown = in.rest();
}

// There may be more entries than this version keeps: a later one may have a larger ring.
void read_lineage(member_reader& in, std::vector<lineage_entry>& lineage) {
  for (member_reader& one : in.children("lineage")) {
    lineage_entry entry;
    entry.generation = one.whole_number("generation", 1);
    entry.session = one.text("session");
    entry.final_commit = one.whole_number("final_commit", 1);
    entry.unknown = one.rest();
    lineage.push_back(std::move(entry));
  }
}

void read_metadata(member_reader in, metadata& m) {
  m.created_at = in.time("created_at");
  m.updated_at = in.time("updated_at");
  m.sessions = in.whole_number("sessions", 0);
  m.unknown = in.rest();
}

// What the record says its hashes are.
struct stored_hashes {
  std::string data;
  std::string envelope;
};

stored_hashes read_integrity(member_reader in, unknown_members& unknown) {
  std::string const alg = in.text("alg");
  if (!in.failed() && alg != hash_algorithm) {
    in.fail("alg", "expected " + quoted(hash_algorithm) + ", got " + quoted(alg),
            problem_kind::unsupported_schema);
  }
  stored_hashes sealed{in.hash("hash"), in.hash("envelope")};
  unknown = in.rest();
  return sealed;
}

// Whether this is a record that this version can read, and of `key`: anything else would be a consequence.
void read_place(member_reader& in, std::string_view key, header& head) {
  std::uint64_t const found = in.whole_number("schema", 1);
  if (!in.failed() && found != schema) {
    in.fail("schema", "expected " + std::to_string(schema) + ", got " + std::to_string(found),
            problem_kind::unsupported_schema);
  }
  head.key = in.text("key");
  if (!in.failed() && head.key != key) {
    in.fail("key", "expected " + quoted(key) + ", got " + quoted(head.key), problem_kind::wrong_key);
  }
}

// Takes the data out of `from`.
stored_hashes read_record(json::object& from, std::string_view key, decoded& to,
                          std::optional<problem>& failure) {
  member_reader in("$", from, failure);
  read_place(in, key, to.head);
  to.data = in.object("data");
  stored_hashes sealed = read_integrity(in.child("integrity"), to.head.integrity_unknown);
  read_lease(in.child("lease"), to.head.lease);
  read_commit(in.child("commit"), to.head.commit);
  read_lineage(in, to.head.lineage);
  read_metadata(in.child("metadata"), to.head.metadata);
  to.head.unknown = in.rest();
  return sealed;
}

std::optional<problem> compare(problem_kind kind, char const* path, std::string const& stored,
                               std::string const& computed) {
  if (stored == computed) return std::nullopt;
  return problem(kind, path, "says " + stored + ", but the record hashes to " + computed);
}

// `envelope` is the record without the data and without the envelope's own hash.
std::optional<problem> verify(stored_hashes const& sealed, json::object const& envelope,
                              decoded const& read) {
  auto wrong = compare(problem_kind::envelope_mismatch, "$.integrity.envelope", sealed.envelope,
                       format_hash(canonical_hash(envelope)));
  if (!wrong) {
    wrong = compare(problem_kind::data_hash_mismatch, "$.integrity.hash", sealed.data,
                    format_hash(canonical_hash(read.data)));
  }
  if (!wrong) {
    wrong = compare(problem_kind::envelope_mismatch, "$.commit.hash", read.head.commit.hash, sealed.data);
  }
  return wrong;
}

}  // namespace

char const* to_string(problem_kind kind) noexcept {
  switch (kind) {
    case problem_kind::malformed: return "malformed";
    case problem_kind::unsupported_schema: return "unsupported_schema";
    case problem_kind::wrong_key: return "wrong_key";
    case problem_kind::data_hash_mismatch: return "data_hash_mismatch";
    case problem_kind::envelope_mismatch: return "envelope_mismatch";
  }
  return "unknown";
}

sealed_data seal(json::object const& data, std::string into) {
  sealed_data sealed;
  sealed.text = std::move(into);
  sealed.text.reserve(1024);
  sealed.text = "{\"data\":";
  auto const written = append_json_text(sealed.text, data);
  sealed.hash = written.hash;
  sealed.storable = written.storable;
  return sealed;
}

std::string encode(header const& head, sealed_data data) {
  BOOST_ASSERT(head.commit.hash == format_hash(data.hash));
  std::string text = std::move(data.text);
  std::size_t const place = text.size();
  append_envelope(text, head);
  text[place] = ',';  // one object with the data
  return text;
}

std::string encode(header const& head, json::object const& data) {
  return encode(head, seal(data));
}

decode_result decode(std::string_view text, std::string_view key) {
  parse_problem refused;
  auto parsed = parse_json(text, record_limits, &refused);
  if (!parsed) {
    return problem(problem_kind::malformed, "$", refused.what + " at byte " + std::to_string(refused.offset));
  }
  if (!parsed->is_object()) return problem(problem_kind::malformed, "$", "expected an object");
  json::object& all = parsed->get_object();

  decoded read;
  std::optional<problem> wrong;
  stored_hashes const sealed = read_record(all, key, read, wrong);
  if (wrong) return std::move(*wrong);
  all.erase("data");
  all["integrity"].get_object().erase("envelope");
  wrong = verify(sealed, all, read);
  if (wrong) return std::move(*wrong);
  return read;
}

}  // namespace chronicle::record
