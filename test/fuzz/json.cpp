#include <boost/json/value.hpp>

#include "fuzz/targets.hpp"
#include "integrity/canonical.hpp"
#include "integrity/json_text.hpp"
#include "integrity/storable.hpp"

namespace chronicle::fuzz {

void fuzz_json(std::string_view input) {
  parse_problem problem;
  auto const document = parse_json(input, {}, &problem);
  if (!document) {
    require(problem.offset <= input.size() && !problem.what.empty(), "what is wrong is named");
    return;
  }
  require(!check_storable(*document), "what was read can be stored");
  auto const hash = canonical_hash(*document);

  auto const again = parse_json(to_json_text(*document));
  require(again.has_value(), "what is written can be read");
  require(*again == *document, "and is the same then");
  require(canonical_hash(*again) == hash, "and hashes like it");

  auto const canonical = parse_json(to_canonical_text(*document));
  require(canonical.has_value(), "the canonical form is JSON");
  require(canonical_hash(*canonical) == hash, "and hashes like what it is the form of");
  require(to_canonical_text(*canonical) == to_canonical_text(*document), "and is its own canonical form");
}

}  // namespace chronicle::fuzz
