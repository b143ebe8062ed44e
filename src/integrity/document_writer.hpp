// Writes documents as JSON text and hashes them in the same pass.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "integrity/canonical_order.hpp"
#include "integrity/json_text.hpp"
#include "integrity/json_writer.hpp"

namespace chronicle {

enum class json_form {
  canonical,  ///< see canonical.hpp
  stored,     ///< the same, but whole doubles are 1.0 and -0.0 and so come back as doubles
};

/// For one document. The hash is of the canonical form, whatever is written.
class document_writer : private json_writer {
 public:
  /// Appends to `text`; its capacity is made use of.
  document_writer(std::string& text, json_form form) : json_writer(text), form_(form) {}
  /// Writes nowhere, for the hash alone. Allocates nothing but what `open_members` may.
  document_writer() = default;

  /// A value or an object.
  template <class Document>
  written_document write(Document const& document);

 private:
  char* write(char* out, json::value const& value);
  char* write(char* out, json::array const& array);
  char* write(char* out, json::object const& object);
  char* write_double(char* out, double number);
  char* write_whole_double(char* out, std::int64_t number, bool negative);
  char* write_known(char* out, json::object const& object, object_kind& kind);
  char* write_sorted(char* out, json::object const& object);
  char* write_bool(char* out, bool truth);

  json_form form_ = json_form::canonical;
  open_members& members_ = open_members::of_this_thread();
  std::size_t depth_ = 0;
};

}  // namespace chronicle
