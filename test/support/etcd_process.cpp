#include "support/etcd_process.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace chronicle::test {
namespace {

/// What systemd gives to a service: a socket where it says when it is ready.
class readiness {
 public:
  explicit readiness(std::string const& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    ::unlink(path.c_str());
    if (::bind(socket_, reinterpret_cast<sockaddr const*>(&at), sizeof at) != 0)
      throw std::runtime_error("bind " + path);
    timeval const patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~readiness() { ::close(socket_); }
  readiness(readiness const&) = delete;
  readiness& operator=(readiness const&) = delete;

  bool wait() const {
    std::array<char, 64> text{};
    auto const size = ::recv(socket_, text.data(), text.size(), 0);
    return size > 0 && std::string_view(text.data(), static_cast<std::size_t>(size)).starts_with("READY=1");
  }

 private:
  int socket_;
};

}  // namespace

// Below the ports that Linux gives to outgoing connections (from 32768 on): one of those is soon taken again,
// be it while a member that was killed is down. Each process begins at another place.
std::uint16_t find_free_port() {
  using boost::asio::ip::tcp;
  constexpr unsigned first = 15000, count = 15000;
  static std::atomic<unsigned> next = static_cast<unsigned>(::getpid()) * 64;
  boost::asio::io_context context;
  for (unsigned tried = 0; tried < count; ++tried) {
    auto const port = static_cast<std::uint16_t>(first + next++ % count);
    tcp::acceptor taker(context, tcp::v4());
    boost::system::error_code taken;
    taker.bind(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port), taken);
    if (!taken) return port;
  }
  throw std::runtime_error("every port from 15000 to 29999 is taken");
}

std::optional<std::string> find_etcd() {
  char const* const path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto const program = std::filesystem::path(folder) / "etcd";
    if (::access(program.c_str(), X_OK) == 0) return program.string();
  }
  std::cerr << "\n*** THERE IS NO PROGRAM etcd: THE ETCD BACKEND AND BUS ARE NOT TESTED. INSTALL "
               "etcd-server. ***\n\n";
  return std::nullopt;
}

etcd_process::etcd_process(std::vector<std::string> const& arguments, std::string const& scheme)
    : arguments_(arguments), scheme_(scheme), port_(find_free_port()) {
  start();
}

void etcd_process::restart() {
  process_.reset();
  start();
}

void etcd_process::start() {
  auto const program = find_etcd();
  if (!program) throw std::runtime_error("etcd is not installed");
  auto const notify = folder_.file("notify"), log = folder_.file("log");
  // A peer of its own it will never have; elections are quick because there is nobody to wait for.
  std::vector<std::string> command = {*program,
                                      "--data-dir",
                                      folder_.file("data"),
                                      "--listen-client-urls",
                                      url(),
                                      "--advertise-client-urls",
                                      url(),
                                      "--listen-peer-urls",
                                      "http://127.0.0.1:0",
                                      "--heartbeat-interval",
                                      "20",
                                      "--election-timeout",
                                      "200",
                                      "--logger",
                                      "zap",
                                      "--log-outputs",
                                      log};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  readiness const ready(notify);
  process_ = std::make_unique<child_process>(command, std::vector<std::string>{"NOTIFY_SOCKET=" + notify});
  if (ready.wait()) return;
  std::ostringstream said;
  said << std::ifstream(log).rdbuf();
  throw std::runtime_error("etcd did not start: " + said.str());
}

}  // namespace chronicle::test
