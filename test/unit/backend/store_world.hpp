// A backend over scripted servers, connected in memory on virtual time.
#pragma once

#include <boost/asio/error.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "support/http_world.hpp"
#include "tell.hpp"

namespace chronicle::test {

/// What a proxy or a web server has to say that is not meant here.
inline std::string const html = "<!DOCTYPE html><html><body>It works!</body></html>";

inline error_code const eof = asio::error::eof;
inline error_code const connection_reset = asio::error::connection_reset;

/// The backend is made when first used. What it says is told as text.
struct store_world : http_world {
  std::shared_ptr<backend> store;

  virtual ~store_world() = default;

  virtual std::shared_ptr<backend> make_store() = 0;
  backend& open_store() {
    if (!store) store = make_store();
    return *store;
  }

  std::string get(std::string key = "k") { return tell(run(open_store().get(std::move(key)))); }
  std::string put(std::optional<version> expected = std::nullopt) {
    return tell(run(open_store().put_if("k", "v", std::move(expected), "s:1")));
  }
  std::string erase() { return tell(run(open_store().erase_if("k", version("7")))); }
};

}  // namespace chronicle::test
