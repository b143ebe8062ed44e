#include "sample_record.hpp"

#include "base/timestamp.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"

namespace chronicle::record {

json::object sample_data() {
  return {{"Coins", 1250},
          {"Level", 1.0},
          {"Inventory", {"sword", nullptr, {{"arrows", 12}}}},
          {"Position", {0.1, -0.0, 1e21}}};
}

header sample_header(json::object const& data) {
  header head;
  head.key = sample_key;
  head.lease.state = lease_state::held;
  head.lease.server = "server-7";
  head.lease.session = "0b8f8a52-1b1c-4a10-9d1e-0d8a5f0a7c11";
  head.lease.generation = 17;
  head.lease.duration = std::chrono::seconds(60);
  head.lease.expires_at = *parse_timestamp("2026-02-01T12:01:00.000Z");
  head.lease.seq = 42;
  head.lease.fence = "3f0c";
  head.commit.index = 1234;
  head.commit.session = "earlier";
  head.commit.generation = 16;
  head.commit.hash = format_hash(canonical_hash(data));
  head.commit.parent = "00000000000000aa";
  head.lineage = {{15, "a", 1200, {}}, {16, "b", 1229, {}}};
  head.metadata.created_at = *parse_timestamp("2024-12-31T23:59:59.999Z");
  head.metadata.updated_at = *parse_timestamp("2026-02-01T12:00:00.000Z");
  head.metadata.sessions = 17;
  return head;
}

std::string sample_text() {
  json::object const data = sample_data();
  return encode(sample_header(data), data);
}

json::object parsed(std::string_view text) {
  auto read = parse_json(text, {max_document_depth + 1});
  return read.value().as_object();
}

std::string sealed(json::object record) {
  json::object envelope = record;
  envelope.erase("data");
  envelope["integrity"].as_object().erase("envelope");
  record["integrity"].as_object()["envelope"] = format_hash(canonical_hash(envelope));
  return to_json_text(record);
}

std::string found_in(std::string_view text, std::string_view key) {
  auto const read = decode(text, key);
  if (read) return "nothing";
  problem const& wrong = read.error();
  return std::string(to_string(wrong.kind)) + " " + wrong.path + ": " + wrong.what;
}

}  // namespace chronicle::record
