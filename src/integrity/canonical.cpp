#include "integrity/canonical.hpp"

#include "integrity/document_writer.hpp"

namespace chronicle {

std::uint64_t canonical_hash(json::value const& document) {
  return document_writer().write(document).hash;
}

std::uint64_t canonical_hash(json::object const& document) {
  return document_writer().write(document).hash;
}

std::string to_canonical_text(json::value const& document) {
  std::string text;
  document_writer(text, json_form::canonical).write(document);
  return text;
}

}  // namespace chronicle
