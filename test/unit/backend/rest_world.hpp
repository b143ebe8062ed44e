// A REST backend and a scripted server, connected in memory on virtual time.
#pragma once

#include <boost/asio/error.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <variant>

#include "backend/rest_backend.hpp"
#include "support/http_world.hpp"

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

namespace test {

struct rest_world : http_world {
  rest_options rest;
  std::shared_ptr<backend> store;

  rest_world() { rest.url = "http://kv.test:8080"; }

  backend& open_store() {
    if (!store) store = make_rest_backend_over(connecting, executor(), rest, shared_time());
    return *store;
  }
  std::string get(std::string key) { return tell(run(open_store().get(std::move(key)))); }
  std::string put(std::optional<version> expected = std::nullopt) {
    return tell(run(open_store().put_if("k", "v", std::move(expected), "s:1")));
  }
  std::string erase() { return tell(run(open_store().erase_if("k", version("7")))); }
};

}  // namespace test
}  // namespace chronicle
