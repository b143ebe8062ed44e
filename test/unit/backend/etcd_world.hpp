// An etcd backend and two scripted members, connected in memory on virtual time.
#pragma once

#include <memory>
#include <string>

#include "backend/etcd_backend.hpp"
#include "base/base64.hpp"
#include "store_world.hpp"

namespace chronicle::test {

/// An answer of etcd at revision 9 with these members beside its header.
inline std::string etcd_says(std::string const& members = "") {
  std::string const header =
      R"("header":{"cluster_id":"12101","member_id":"15985","revision":"9","raft_term":"2"})";
  return http_answer(200, "Content-Type: application/json\r\n",
                     "{" + header + (members.empty() ? "" : "," + members) + "}");
}

/// A failure as etcd 3.4 words it.
inline std::string etcd_fails(int status, int code, std::string const& why) {
  return http_answer(
      status, "Content-Type: application/json\r\n",
      R"({"error":")" + why + R"(","message":")" + why + R"(","code":)" + std::to_string(code) + "}");
}

/// A watch begins, and one of its messages. It ends with its connection.
inline std::string const watch_head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
inline std::string watch_says(std::string const& members, int at = 9) {
  return R"({"result":{"header":{"revision":")" + std::to_string(at) + "\"}" + (members.empty() ? "" : ",") +
         members + "}}\n";
}

/// A key in the name space "game" with its value.
inline std::string kv(std::string const& key, std::string const& value, int modified) {
  auto const bytes = value.empty() ? "" : R"(,"value":")" + encode_base64(value) + "\"";
  return R"({"key":")" + encode_base64(key) + R"(","create_revision":"2","mod_revision":")" +
         std::to_string(modified) + R"(","version":"1")" + bytes + "}";
}

struct etcd_world : store_world {
  etcd_options options;
  std::unique_ptr<scripted_server> second;

  etcd_world()
      : second(std::make_unique<scripted_server>(network->listen({"b.test", 2379}, executor()).value(),
                                                 executor(), shared_time())) {
    options.endpoints = {"http://kv.test:8080", "http://b.test:2379"};
    options.name_space = "game";
  }

  std::shared_ptr<backend> make_store() override {
    return make_etcd_backend_over(connecting, executor(), options, shared_time());
  }
};

}  // namespace chronicle::test
