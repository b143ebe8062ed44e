#include "backend/rest_client.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>

#include "base/option_rules.hpp"
#include "chronicle/backend.hpp"
#include "transport/tls.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;

bool is_token(std::string_view text) {
  return text.size() <= 4096 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool within(milliseconds value, milliseconds most) {
  return value >= 1ms && value <= most;
}

std::string find_url_problem(rest_options const& options, bool& tls) {
  try {
    tls = parse_url(options.url).tls;
    return {};
  } catch (boost::system::system_error const& e) {
    return std::string("url: ") + e.what();
  }
}

}  // namespace

std::string find_problem(rest_options const& options) {
  bool tls = false;
  if (auto problem = find_url_problem(options, tls); !problem.empty()) return problem;
  bool const has_key = !options.client_key_file.empty();
  return first_broken({
      {!check_key(options.name_space), "name_space", "1 to 512 bytes of UTF-8 without NUL"},
      {is_token(options.bearer_token), "bearer_token", "at most 4096 visible ASCII characters"},
      {tls || options.ca_file.empty(), "ca_file", "empty unless the url begins with https"},
      {tls || !has_key, "client_key_file", "empty unless the url begins with https"},
      {tls || options.verify, "verify", "true unless the url begins with https"},
      {has_key != options.client_certificate_file.empty(), "client_certificate_file",
       "given together with client_key_file, or neither"},
      {within(options.connect_timeout, 10min), "connect_timeout", "1 ms to 10 min"},
      {within(options.request_timeout, 10min), "request_timeout", "1 ms to 10 min"},
      {within(options.idle_timeout, 1h), "idle_timeout", "1 ms to 1 h"},
      {options.max_connections >= 1 && options.max_connections <= 65535, "max_connections", "1 to 65535"},
      {options.max_value_bytes >= 1024 && options.max_value_bytes <= (std::size_t{256} << 20),
       "max_value_bytes", "1 KiB to 256 MiB"},
      {options.max_response_bytes >= options.max_value_bytes / 2 * 3 &&
           options.max_response_bytes <= (std::size_t{1} << 30),
       "max_response_bytes", "at least one and a half times max_value_bytes and at most 1 GiB"},
  });
}

std::shared_ptr<http_client> make_rest_client(asio::any_io_executor executor, rest_options const& options,
                                              std::shared_ptr<time_source> time,
                                              std::shared_ptr<connector> below) {
  http_client_options to;
  to.server = parse_url(checked(options).url);
  if (!options.bearer_token.empty())
    to.headers.emplace_back("Authorization", "Bearer " + options.bearer_token);
  to.connect_timeout = options.connect_timeout;
  to.request_timeout = options.request_timeout;
  to.idle_timeout = options.idle_timeout;
  to.max_connections = options.max_connections;
  to.max_response_bytes = options.max_response_bytes;
  if (to.server.tls) {
    tls_client_options tls;
    tls.ca_file = options.ca_file;
    tls.certificate_file = options.client_certificate_file;
    tls.key_file = options.client_key_file;
    tls.verify = options.verify;
    below = make_tls_connector(std::move(below), tls);
  }
  return std::make_shared<http_client>(std::move(executor), std::move(time), std::move(below), std::move(to));
}

}  // namespace chronicle
