#include <boost/json/object.hpp>

#include "fuzz/targets.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"
#include "record/codec.hpp"

namespace chronicle::fuzz {
namespace {

void check(std::string_view text, std::string_view key) {
  auto const read = record::decode(text, key);
  if (!read) {
    require(!read.error().path.empty() && !read.error().what.empty(), "what is wrong is named");
    return;
  }
  auto const again = record::decode(record::encode(read->head, read->data), key);
  require(again.has_value(), "what was accepted can be written and read");
  require(again->head == read->head && again->data == read->data, "and is the same then");
}

json::object* find_object(json::object& in, std::string_view name) {
  auto* const found = in.if_contains(name);
  return found != nullptr ? found->if_object() : nullptr;
}

/// No fuzzer guesses a hash: puts the right ones in.
void seal(json::object& record) {
  auto* const data = find_object(record, "data");
  auto* const integrity = find_object(record, "integrity");
  auto* const commit = find_object(record, "commit");
  if (data == nullptr || integrity == nullptr || commit == nullptr) return;
  auto const hash = format_hash(canonical_hash(*data));
  (*integrity)["alg"] = "fnv1a64-jcs";
  (*integrity)["hash"] = hash;
  (*commit)["hash"] = hash;
  integrity->erase("envelope");
  json::object envelope = record;
  envelope.erase("data");
  (*integrity)["envelope"] = format_hash(canonical_hash(envelope));
}

}  // namespace

void fuzz_record(std::string_view input) {
  constexpr std::string_view usual_key = "PlayerData/p1";
  check(input, usual_key);
  auto parsed = parse_json(input, parse_limits{max_document_depth + 1});
  if (!parsed || !parsed->is_object()) return;
  auto& object = parsed->get_object();
  seal(object);
  auto const* const named = object.if_contains("key");
  std::string const key =
      named != nullptr && named->is_string() ? std::string(named->get_string()) : std::string(usual_key);
  check(to_json_text(object), key);
}

}  // namespace chronicle::fuzz
