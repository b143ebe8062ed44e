// The program chronicle-kv: a server with a command line, ended by SIGTERM or SIGINT.
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <exception>
#include <thread>
#include <vector>

#include "kv_server/command_line.hpp"

namespace chronicle::kv {
namespace {

constexpr int exit_setup = 2;

/// Connections need file descriptors, and the usual soft limit is 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // without it fewer connections fit, no more
}

void run(asio::io_context& context, std::size_t threads) {
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back([&context] { context.run(); });
  context.run();
}

int serve(command_line const& c) {
  raise_descriptor_limit();
  asio::io_context context(static_cast<int>(c.threads));
  asio::signal_set signals(context, SIGINT, SIGTERM);
  server s(context.get_executor(), c.options);
  auto const port = s.listen(c.address, c.port);
  signals.async_wait([&](error_code ec, int) {
    if (!ec) s.async_stop(c.patience, [](error_code, std::size_t) {});
  });
  bool const is_v6 = c.address.find(':') != std::string::npos;
  // Whoever started us with port 0 waits for this line.
  std::printf("listening on %s:%u\n", is_v6 ? ('[' + c.address + ']').c_str() : c.address.c_str(),
              unsigned{port});
  std::fflush(stdout);
  run(context, c.threads);
  return 0;
}

}  // namespace
}  // namespace chronicle::kv

int main(int argc, char** argv) {
  using namespace chronicle::kv;
  try {
    auto c = parse_command_line(argc, argv);
    if (!c.answer.empty()) return std::fputs(c.answer.c_str(), stdout) < 0 ? 1 : 0;
    c.options.log = chronicle::stderr_log_sink();
    return serve(c);
  } catch (setup_error const& e) {
    std::fprintf(stderr, "chronicle-kv: %s\n", e.what());
    return exit_setup;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "chronicle-kv: unexpected failure: %s\n", e.what());
    return 1;
  }
}
