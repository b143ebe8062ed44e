// A REST backend and a scripted server, connected in memory on virtual time.
#pragma once

#include <memory>

#include "backend/rest_backend.hpp"
#include "store_world.hpp"

namespace chronicle::test {

struct rest_world : store_world {
  rest_options rest;

  rest_world() { rest.url = "http://kv.test:8080"; }

  std::shared_ptr<backend> make_store() override {
    return make_rest_backend_over(connecting, executor(), rest, shared_time());
  }
};

}  // namespace chronicle::test
