// Where players' data is kept and how game servers reach each other, as chosen by URLs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chronicle/store_options.hpp>
#include <string>

/// Sets `backend` and `bus` of `options`. `backend` is the URL of a chronicle-kv, or
/// `etcd://host:port,host:port,...` for the members of an etcd cluster; `bus` likewise, or "none" for no bus,
/// or empty for the same as `backend`. The environment may hold credentials: CHRONICLE_KV_TOKEN, a bearer
/// token; CHRONICLE_ETCD_USER and CHRONICLE_ETCD_PASSWORD. Throws when a URL is not one.
void connect(chronicle::store_options& options, boost::asio::any_io_executor executor,
             std::string const& backend, std::string const& bus);
