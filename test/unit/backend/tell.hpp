// What a backend says, as a test likes to read it.
#pragma once

#include <boost/asio/error.hpp>
#include <optional>
#include <string>
#include <variant>

#include "chronicle/backend.hpp"

namespace chronicle {

/// A put_result as a test likes to read it: "applied 7", "conflict", "conflict with 7:value", "rejected
/// timeout".
inline std::string tell(put_result const& outcome) {
  struct teller {
    std::string operator()(applied const& a) const { return "applied " + a.ver.token; }
    std::string operator()(conflict const& c) const {
      return c.current ? "conflict with " + c.current->ver.token + ":" + c.current->value : "conflict";
    }
    std::string operator()(indeterminate const& i) const { return "indeterminate: " + i.why.message(); }
    std::string operator()(rejected const& r) const {
      return "rejected: " + r.why.message() +
             (r.retry_after ? ", retry after " + std::to_string(r.retry_after->count()) + " ms" : "");
    }
  };
  return std::visit(teller(), outcome);
}

inline std::string tell(result<std::optional<entry>> const& outcome) {
  if (!outcome) return "error: " + outcome.error().message();
  if (!*outcome) return "absent";
  auto const& found = **outcome;
  return found.ver.token + ":" + found.value +
         (found.age ? " " + std::to_string(found.age->count()) + " ms" : "");
}

inline std::string error(error_code ec) {
  return "error: " + ec.message();
}
inline std::string maybe(error_code ec) {
  return "indeterminate: " + ec.message();
}
inline std::string never(error_code ec) {
  return "rejected: " + ec.message();
}

}  // namespace chronicle
