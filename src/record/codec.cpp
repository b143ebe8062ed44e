#include "record/codec.hpp"

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/timestamp.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"
#include "record/member_reader.hpp"

namespace chronicle::record {
namespace {

constexpr std::int64_t schema = 1;
constexpr std::string_view algorithm = "fnv1a64-jcs";

json::object write_lease(lease const& l, json::storage_ptr memory) {
  json::object o(l.unknown, memory);
  o["state"] = l.state == lease_state::held ? "held" : "released";
  o["server"] = l.server;
  o["session"] = l.session;
  o["generation"] = l.generation;
  o["duration_ms"] = l.duration.count();
  o["expires_at"] = format_timestamp(l.expires_at);
  o["seq"] = l.seq;
  if (!l.fence.empty()) o["fence"] = l.fence;
  return o;
}

json::object write_commit(commit const& c, json::storage_ptr memory) {
  json::object o(c.unknown, memory);
  o["index"] = c.index;
  o["session"] = c.session;
  o["generation"] = c.generation;
  o["hash"] = c.hash;
  o["parent"] = c.parent;
  return o;
}

json::array write_lineage(std::vector<lineage_entry> const& lineage, json::storage_ptr memory) {
  json::array all(memory);
  for (auto const& entry : lineage) {
    json::object o(entry.unknown, memory);
    o["generation"] = entry.generation;
    o["session"] = entry.session;
    o["final_commit"] = entry.final_commit;
    all.emplace_back(std::move(o));
  }
  return all;
}

json::object write_metadata(metadata const& m, json::storage_ptr memory) {
  json::object o(m.unknown, memory);
  o["created_at"] = format_timestamp(m.created_at);
  o["updated_at"] = format_timestamp(m.updated_at);
  o["sessions"] = m.sessions;
  return o;
}

void read_lease(member_reader in, lease& l) {
  std::string const state = in.text("state");
  if (!in.failed() && state != "held" && state != "released")
    in.fail("state", "expected \"held\" or \"released\", got \"" + state + "\"");
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
  c.parent = in.optional_text("parent");
  c.unknown = in.rest();
}

void read_lineage(member_reader& in, std::vector<lineage_entry>& lineage) {
  json::array all = in.array("lineage");
  if (all.size() > lineage_limit) {
    in.fail("lineage", "expected at most " + std::to_string(lineage_limit) + " entries, got " +
                           std::to_string(all.size()));
    return;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    member_reader one = in.element("lineage", i, all[i]);
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

std::optional<problem> check_place(member_reader& in, std::string_view key, header& head) {
  std::uint64_t const found_schema = in.whole_number("schema", 1);
  if (in.failed()) return std::nullopt;
  if (found_schema != static_cast<std::uint64_t>(schema))
    return problem(problem_kind::unsupported_schema, "$.schema",
                   "expected " + std::to_string(schema) + ", got " + std::to_string(found_schema));
  head.key = in.text("key");
  if (in.failed() || head.key == key) return std::nullopt;
  return problem(problem_kind::wrong_key, "$.key",
                 "expected \"" + std::string(key) + "\", got \"" + head.key + "\"");
}

std::optional<problem> compare(problem_kind kind, char const* path, std::string const& stored,
                               std::string const& computed) {
  if (stored == computed) return std::nullopt;
  return problem(kind, path, "says " + stored + ", but the record hashes to " + computed);
}

}  // namespace

char const* to_string(problem_kind kind) noexcept {
  switch (kind) {
    case problem_kind::malformed:
      return "malformed";
    case problem_kind::unsupported_schema:
      return "unsupported_schema";
    case problem_kind::wrong_key:
      return "wrong_key";
    case problem_kind::data_hash_mismatch:
      return "data_hash_mismatch";
    case problem_kind::envelope_mismatch:
      return "envelope_mismatch";
  }
  return "unknown";
}

std::string encode(header const& head, json::object const& data) {
  std::array<unsigned char, 8192> buffer;
  json::monotonic_resource resource(buffer.data(), buffer.size());
  json::storage_ptr const memory(&resource);

  json::object all(head.unknown, memory);
  all["schema"] = schema;
  all["key"] = head.key;
  json::object integrity(head.integrity_unknown, memory);
  integrity["alg"] = algorithm;
  integrity["hash"] = head.commit.hash;
  all["integrity"] = std::move(integrity);
  all["lease"] = write_lease(head.lease, memory);
  all["commit"] = write_commit(head.commit, memory);
  all["lineage"] = write_lineage(head.lineage, memory);
  all["metadata"] = write_metadata(head.metadata, memory);
  std::string const envelope = format_hash(canonical_hash(all));
  all["integrity"].get_object()["envelope"] = envelope;

  std::string text;
  append_json_text(text, all);
  text.pop_back();
  text += ",\"data\":";
  append_json_text(text, data);
  text += '}';
  return text;
}

decode_result decode(std::string_view text, std::string_view key) {
  parse_problem refused;
  auto parsed = parse_json(text, {max_document_depth + 1}, &refused);
  if (!parsed)
    return problem(problem_kind::malformed, "$", refused.what + " at byte " + std::to_string(refused.offset));
  if (!parsed->is_object()) return problem(problem_kind::malformed, "$", "expected an object");
  json::object& all = parsed->get_object();

  decoded out;
  std::optional<problem> failure;
  std::string envelope, hash;
  {
    member_reader root("$", all, failure);
    if (auto wrong = check_place(root, key, out.head)) return std::move(*wrong);
    out.data = root.object("data");
    member_reader integrity = root.child("integrity");
    std::string const alg = integrity.text("alg");
    if (!failure && alg != algorithm)
      integrity.fail("alg", "expected \"" + std::string(algorithm) + "\", got \"" + alg + "\"");
    hash = integrity.hash("hash");
    envelope = integrity.hash("envelope");
    out.head.integrity_unknown = integrity.rest();
    read_lease(root.child("lease"), out.head.lease);
    read_commit(root.child("commit"), out.head.commit);
    read_lineage(root, out.head.lineage);
    read_metadata(root.child("metadata"), out.head.metadata);
    out.head.unknown = root.rest();
  }
  if (failure) return std::move(*failure);

  all.erase("data");
  all["integrity"].get_object().erase("envelope");
  if (auto wrong = compare(problem_kind::envelope_mismatch, "$.integrity.envelope", envelope,
                           format_hash(canonical_hash(all))))
    return std::move(*wrong);
  if (auto wrong = compare(problem_kind::data_hash_mismatch, "$.integrity.hash", hash,
                           format_hash(canonical_hash(out.data))))
    return std::move(*wrong);
  if (auto wrong = compare(problem_kind::envelope_mismatch, "$.commit.hash", out.head.commit.hash, hash))
    return std::move(*wrong);
  return out;
}

}  // namespace chronicle::record
