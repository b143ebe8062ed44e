#include "backend/rest_client.hpp"

#include <boost/system/system_error.hpp>

#include "backend/http_options.hpp"

namespace chronicle {
namespace {

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
  if (auto problem = find_http_problem(options, tls); !problem.empty()) return problem;
  return first_broken({
      {is_token(options.bearer_token), "bearer_token", "at most 4096 visible ASCII characters"},
  });
}

std::shared_ptr<http_client> make_rest_client(asio::any_io_executor executor, rest_options const& options,
                                              std::shared_ptr<time_source> time,
                                              std::shared_ptr<connector> below) {
  auto to = make_http_client_options(options, parse_url(checked(options).url));
  if (!options.bearer_token.empty())
    to.headers.emplace_back("Authorization", "Bearer " + options.bearer_token);
  if (to.server.tls) below = make_tls_over(std::move(below), options);
  return std::make_shared<http_client>(std::move(executor), std::move(time), std::move(below), std::move(to));
}

}  // namespace chronicle
