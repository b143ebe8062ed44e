#include "record/head_text.hpp"

#include <algorithm>
#include <array>
#include <boost/assert.hpp>
#include <charconv>

#include "base/timestamp.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_escape.hpp"
#include "integrity/json_text.hpp"

namespace chronicle::record {
namespace {

void append_string(std::string& text, std::string_view value) {
  if (std::none_of(value.begin(), value.end(), needs_escape)) {
    ((text += '"') += value) += '"';
  } else {
    text += to_json_text(json::value(json::string(value)));
  }
}

// One object: its members in canonical order, and behind them those that this version does not know.
class object_writer {
 public:
  explicit object_writer(std::string& text) : text_(text) { text_ += '{'; }

  std::string& member(std::string_view name) {
    if (text_.back() != '{') text_ += ',';
    append_string(text_, name);
    return text_ += ':';
  }
  void string(std::string_view name, std::string_view value) { append_string(member(name), value); }
  void time(std::string_view name, wall_time_point value) {
    member(name) += '"';
    append_timestamp(text_, value);
    text_ += '"';
  }
  template <class Integer>
  void number(std::string_view name, Integer value) {
    std::array<char, 20> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    member(name).append(digits.data(), end);
  }
  void unknown(json::object const& others) {
    for (auto const& other : others) member(other.key()) += to_json_text(other.value());
  }
  void end() { text_ += '}'; }

 private:
  std::string& text_;
};

void append_commit(std::string& text, commit const& c) {
  object_writer out(text);
  out.number("generation", c.generation);
  out.string("hash", c.hash);
  out.number("index", c.index);
  out.string("parent", c.parent);
  out.string("session", c.session);
  out.unknown(c.unknown);
  out.end();
}

// Gives the place behind the members that belong to the envelope.
std::size_t append_integrity(std::string& text, header const& head) {
  object_writer out(text);
  out.string("alg", hash_algorithm);
  out.string("hash", head.commit.hash);
  out.unknown(head.integrity_unknown);
  std::size_t const place = text.size();
  out.end();
  return place;
}

void append_lease(std::string& text, lease const& l) {
  object_writer out(text);
  out.number("duration_ms", l.duration.count());
  out.time("expires_at", l.expires_at);
  if (!l.fence.empty()) out.string("fence", l.fence);
  out.number("generation", l.generation);
  out.number("seq", l.seq);
  out.string("server", l.server);
  out.string("session", l.session);
  out.string("state", l.state == lease_state::held ? "held" : "released");
  out.unknown(l.unknown);
  out.end();
}

void append_lineage(std::string& text, std::vector<lineage_entry> const& lineage) {
  text += '[';
  for (auto const& entry : lineage) {
    if (text.back() != '[') text += ',';
    object_writer out(text);
    out.number("final_commit", entry.final_commit);
    out.number("generation", entry.generation);
    out.string("session", entry.session);
    out.unknown(entry.unknown);
    out.end();
  }
  text += ']';
}

void append_metadata(std::string& text, metadata const& m) {
  object_writer out(text);
  out.time("created_at", m.created_at);
  out.number("sessions", m.sessions);
  out.time("updated_at", m.updated_at);
  out.unknown(m.unknown);
  out.end();
}

bool knows_all(header const& head) {
  return head.unknown.empty() && head.integrity_unknown.empty() && head.lease.unknown.empty() &&
         head.commit.unknown.empty() && head.metadata.unknown.empty() &&
         std::all_of(head.lineage.begin(), head.lineage.end(),
                     [](lineage_entry const& entry) { return entry.unknown.empty(); });
}

}  // namespace

void append_envelope(std::string& text, header const& head) {
  std::size_t const begin = text.size();
  object_writer out(text);
  append_commit(out.member("commit"), head.commit);
  std::size_t const place = append_integrity(out.member("integrity"), head);
  out.string("key", head.key);
  append_lease(out.member("lease"), head.lease);
  append_lineage(out.member("lineage"), head.lineage);
  append_metadata(out.member("metadata"), head.metadata);
  out.number("schema", schema);
  out.unknown(head.unknown);
  out.end();

  // What this version writes is canonical by itself. What others have added may not be, nor stand where it
  // would.
  std::string_view const written = std::string_view(text).substr(begin);
  fnv1a64 hash;
  hash.update(written);
  std::uint64_t envelope = hash.value();
  if (!knows_all(head)) {
    auto const parsed = parse_json(written, record_limits);
    BOOST_ASSERT(parsed);
    envelope = canonical_hash(*parsed);
  }
  text.insert(place, R"(,"envelope":")" + format_hash(envelope) + '"');
}

}  // namespace chronicle::record
