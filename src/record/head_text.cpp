#include "record/head_text.hpp"

#include <algorithm>
#include <boost/assert.hpp>

#include "base/timestamp.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"
#include "integrity/json_writer.hpp"

namespace chronicle::record {
namespace {

// Members come with the literal text before their values: names, commas and all.
class head_writer {
 public:
  explicit head_writer(std::string& text) : text_(text), out_(text), at_(out_.begin()) {}

  template <std::size_t size>
  void literal(char const (&text)[size]) {
    at_ = out_.write_word(at_, text);
  }
  template <std::size_t size>
  void string(char const (&name)[size], std::string_view value) {
    literal(name);
    at_ = out_.write_string(at_, value);
  }
  template <std::size_t size, class Integer>
  void number(char const (&name)[size], Integer value) {
    literal(name);
    at_ = out_.write_integer(at_, value);
  }
  template <std::size_t size>
  void time(char const (&name)[size], wall_time_point value) {
    literal(name);
    at_ = out_.make_room(at_, timestamp_length + 2);
    *at_++ = '"';
    write_timestamp(at_, value);
    at_ += timestamp_length;
    *at_++ = '"';
  }
  // Members that this version does not know, behind others.
  void unknown(unknown_members const& others) {
    for (auto const& other : others.get()) {
      literal(",");
      at_ = out_.write_string(at_, other.key());
      literal(":");
      at_ = out_.write_text(at_, to_json_text(other.value()));
    }
  }
  // Not hashed. Returns where in the text it is.
  std::size_t not_of_the_envelope(std::string_view what) {
    at_ = out_.write_unhashed(at_, what);
    return static_cast<std::size_t>(at_ - text_.data()) - what.size();
  }
  std::uint64_t end() { return out_.finish(at_).hash; }

 private:
  std::string& text_;
  json_writer out_;
  char* at_;
};

void write_commit(head_writer& out, commit const& c) {
  out.number(R"("commit":{"generation":)", c.generation);
  out.string(R"(,"hash":)", c.hash);
  out.number(R"(,"index":)", c.index);
  out.string(R"(,"parent":)", c.parent);
  out.string(R"(,"session":)", c.session);
  out.unknown(c.unknown);
  out.literal("},");
}

constexpr std::string_view no_envelope = R"(,"envelope":"0000000000000000")";

// Returns where in the text the envelope's hash belongs.
std::size_t write_integrity(head_writer& out, header const& head) {
  out.string(R"("integrity":{"alg":)", hash_algorithm);
  out.string(R"(,"hash":)", head.commit.hash);
  out.unknown(head.integrity_unknown);
  std::size_t const place = out.not_of_the_envelope(no_envelope) + no_envelope.find('0');
  out.literal("},");
  return place;
}

void write_lease(head_writer& out, lease const& l) {
  out.number(R"("lease":{"duration_ms":)", l.duration.count());
  out.time(R"(,"expires_at":)", l.expires_at);
  if (!l.fence.empty()) out.string(R"(,"fence":)", l.fence);
  out.number(R"(,"generation":)", l.generation);
  out.number(R"(,"seq":)", l.seq);
  out.string(R"(,"server":)", l.server);
  out.string(R"(,"session":)", l.session);
  out.string(R"(,"state":)", l.state == lease_state::held ? "held" : "released");
  out.unknown(l.unknown);
  out.literal("},");
}

void write_lineage(head_writer& out, std::vector<lineage_entry> const& lineage) {
  out.literal(R"("lineage":[)");
  for (auto const& entry : lineage) {
    if (&entry != &lineage.front()) out.literal(",");
    out.number(R"({"final_commit":)", entry.final_commit);
    out.number(R"(,"generation":)", entry.generation);
    out.string(R"(,"session":)", entry.session);
    out.unknown(entry.unknown);
    out.literal("}");
  }
  out.literal("],");
}

void write_metadata(head_writer& out, metadata const& m) {
  out.time(R"("metadata":{"created_at":)", m.created_at);
  out.number(R"(,"sessions":)", m.sessions);
  out.time(R"(,"updated_at":)", m.updated_at);
  out.unknown(m.unknown);
  out.literal("},");
}

bool knows_all(header const& head) {
  return head.unknown.empty() && head.integrity_unknown.empty() && head.lease.unknown.empty() &&
         head.commit.unknown.empty() && head.metadata.unknown.empty() &&
         std::all_of(head.lineage.begin(), head.lineage.end(),
                     [](lineage_entry const& entry) { return entry.unknown.empty(); });
}

// What this version writes is canonical by itself. What others have added may not be, nor stand where it
// would.
std::uint64_t hash_parsed(std::string_view envelope) {
  auto parsed = parse_json(envelope, record_limits);
  BOOST_ASSERT(parsed);
  parsed->at("integrity").get_object().erase("envelope");
  return canonical_hash(*parsed);
}

}  // namespace

void append_envelope(std::string& text, header const& head) {
  std::size_t const begin = text.size();
  head_writer out(text);
  out.literal("{");
  write_commit(out, head.commit);
  std::size_t const place = write_integrity(out, head);
  out.string(R"("key":)", head.key);
  out.literal(",");
  write_lease(out, head.lease);
  write_lineage(out, head.lineage);
  write_metadata(out, head.metadata);
  out.number(R"("schema":)", schema);
  out.unknown(head.unknown);
  out.literal("}");
  std::uint64_t const written = out.end();
  std::uint64_t const envelope =
      knows_all(head) ? written : hash_parsed(std::string_view(text).substr(begin));
  text.replace(place, hash_length, format_hash(envelope));
}

}  // namespace chronicle::record
