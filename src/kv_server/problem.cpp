#include "kv_server/problem.hpp"

#include <boost/json/serialize.hpp>

namespace chronicle::kv {

response problem(int status, std::string_view slug, std::string_view title, std::string detail,
                 boost::json::object members) {
  boost::json::object body;
  body["type"] = "urn:chronicle-kv:" + std::string(slug);
  body["title"] = title;
  body["status"] = status;
  body["detail"] = std::move(detail);
  for (auto& [name, value] : members) body[name] = std::move(value);
  response r(status);
  r.body = boost::json::serialize(body);
  return std::move(r).with("Content-Type", "application/problem+json");
}

}  // namespace chronicle::kv
