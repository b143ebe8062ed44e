// A REST backend and a scripted server, connected in memory on virtual time.
#pragma once

#include <memory>
#include <string>

#include "backend/rest_backend.hpp"
#include "support/http_world.hpp"
#include "tell.hpp"

namespace chronicle {

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
