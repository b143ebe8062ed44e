// Two game servers and one player: what becomes of the second server's start when the first one lives, stands
// still, is dead, or cannot be asked.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <stdexcept>

#include "chronicle/error.hpp"
#include "support/child_process.hpp"
#include "support/kv_process.hpp"
#include "support/temporary_folder.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

std::vector<std::string> server_command(std::string const& url, std::vector<std::string> more) {
  more.insert(more.begin(), {GAME_SERVER_PROGRAM, "--backend", url});
  return more;
}

/// A game server that obeys lines and answers in lines.
class game_process {
 public:
  game_process(kv_process const& kv, std::vector<std::string> options)
      : process_(server_command(kv.url(), std::move(options))) {
    wait_for("ready");
  }

  void tell(std::string const& line) { process_.write_line(line); }

  /// Reads until a line that begins with `beginning`; the rest of that line.
  std::string wait_for(std::string const& beginning) {
    std::string heard;
    while (true) {
      std::string const line = process_.read_line();
      if (line.starts_with(beginning)) return line.substr(std::min(line.size(), beginning.size() + 1));
      if (line.empty()) throw std::runtime_error("no line began with '" + beginning + "', but:\n" + heard);
      heard += line + '\n';
    }
  }
  std::string ask(std::string const& line, std::string const& beginning) {
    tell(line);
    return wait_for(beginning);
  }
  /// Returns when all that was told so far has been obeyed.
  void catch_up() { ask("?", "what?"); }

  void send_signal(int number) { process_.send_signal(number); }
  int wait() { return process_.wait(); }

 private:
  child_process process_;
};

struct one_key {
  temporary_folder folder;
  kv_process kv{{"--database", folder.file("players.db")}};
  steady_clock::time_point began = steady_clock::now();

  void start_clock() { began = steady_clock::now(); }
  /// Checks how much time has passed. The upper bounds are generous: they tell one rule of the protocol from
  /// another.
  void check_clock(steady_clock::duration least, steady_clock::duration most) const {
    auto const passed = std::chrono::duration<double>(steady_clock::now() - began).count();
    BOOST_TEST_MESSAGE("after " << passed << " s");
    BOOST_TEST(passed >= std::chrono::duration<double>(least).count());
    BOOST_TEST(passed <= std::chrono::duration<double>(most).count());
  }
};

BOOST_FIXTURE_TEST_SUITE(two_servers_on_one_key, one_key)

BOOST_AUTO_TEST_CASE(a_living_owner_keeps_its_player) {
  game_process a(kv, {"--save-after-ms", "100"}), b(kv, {});
  BOOST_TEST(a.ask("join ann", "joined ann") == "0");
  start_clock();
  BOOST_TEST(b.ask("join ann", "conflict ann") == "active_owner_confirmed");
  BOOST_TEST(b.wait_for("refused ann") == make_error_code(errc::lease_held).message());
  check_clock(0s, 2500ms);
  BOOST_TEST(a.ask("earn ann 5", "saved ann") == "5");
  BOOST_TEST(a.ask("leave ann", "left ann") == "5");
  BOOST_TEST(b.ask("join ann", "joined ann") == "5");
}

BOOST_AUTO_TEST_CASE(a_player_who_hops_while_the_last_save_is_in_flight_gets_in_with_its_data) {
  game_process a(kv, {}), b(kv, {});
  BOOST_TEST(a.ask("join ann", "joined ann") == "0");
  a.tell("earn ann 5");
  a.catch_up();
  start_clock();
  a.ask("leave ann", "leaving ann");  // from here on it lets others have the player
  BOOST_TEST(b.ask("join ann", "joined ann") == "5");
  check_clock(0s, 1s);
}

BOOST_AUTO_TEST_CASE(a_stopped_owner_is_robbed_and_its_late_write_never_lands) {
  game_process a(kv, {"--save-after-ms", "1000"}), b(kv, {"--save-after-ms", "100"});
  BOOST_TEST(a.ask("join ann", "joined ann") == "0");
  BOOST_TEST(a.ask("earn ann 5", "saved ann") == "5");
  a.tell("earn ann 3");  // to be saved in a second, when it stands still
  a.catch_up();
  a.send_signal(SIGSTOP);
  start_clock();
  BOOST_TEST(b.ask("join ann", "conflict ann") == "messaging_timeout_steal");
  BOOST_TEST(b.wait_for("joined ann") == "5");
  check_clock(2s, 10s);
  BOOST_TEST(b.ask("earn ann 7", "saved ann") == "12");

  a.send_signal(SIGCONT);
  BOOST_TEST(a.wait_for("lost ann") == "stolen");
  BOOST_TEST(a.wait_for("failed ann") == make_error_code(errc::session_lost).message());
  BOOST_TEST(b.ask("earn ann 1", "saved ann") == "13");
  BOOST_TEST(b.ask("leave ann", "left ann") == "13");
  BOOST_TEST(a.ask("join ann", "joined ann") == "13");
}

BOOST_AUTO_TEST_CASE(a_dead_owner_is_robbed) {
  game_process a(kv, {"--save-after-ms", "100"}), b(kv, {});
  BOOST_TEST(a.ask("join ann", "joined ann") == "0");
  BOOST_TEST(a.ask("earn ann 5", "saved ann") == "5");
  a.send_signal(SIGKILL);
  a.wait();
  start_clock();
  BOOST_TEST(b.ask("join ann", "conflict ann") == "messaging_timeout_steal");
  BOOST_TEST(b.wait_for("joined ann") == "5");
  check_clock(2s, 10s);
}

BOOST_AUTO_TEST_CASE(without_a_bus_a_dead_owners_lease_is_waited_for) {
  std::vector<std::string> const options{"--bus", "http://127.0.0.1:1", "--lease-seconds", "5"};
  game_process a(kv, options), b(kv, options);
  BOOST_TEST(a.ask("join ann", "joined ann") == "0");
  start_clock();
  a.send_signal(SIGKILL);
  a.wait();
  BOOST_TEST(b.ask("join ann", "conflict ann") == "expired_lease_steal");
  BOOST_TEST(b.wait_for("joined ann") == "0");
  check_clock(5s, 15s);
}

BOOST_AUTO_TEST_CASE(without_a_bus_a_living_owner_keeps_its_player) {
  std::vector<std::string> const options{"--bus", "http://127.0.0.1:1", "--lease-seconds", "5"};
  game_process a(kv, options), b(kv, options);
  BOOST_TEST(a.ask("join ann", "joined ann") == "0");
  BOOST_TEST(b.ask("join ann", "conflict ann") == "active_owner_confirmed");  // by its renewal
  BOOST_TEST(b.wait_for("refused ann") == make_error_code(errc::lease_held).message());
}

BOOST_AUTO_TEST_CASE(a_server_that_is_told_to_end_saves_and_frees_its_players) {
  for (int const signal : {SIGTERM, SIGINT}) {
    game_process a(kv, {});
    auto const before = std::stoi(a.ask("join ann", "joined ann"));
    a.tell("earn ann 5");
    a.catch_up();
    a.send_signal(signal);
    BOOST_TEST(a.wait_for("left ann") == std::to_string(before + 5));
    BOOST_TEST(a.wait() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_command_line_that_makes_no_sense_is_named) {
  auto const complaint = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), GAME_SERVER_PROGRAM);
    child_process p(std::move(arguments));
    BOOST_TEST(p.wait() == 2);
    return p.read_errors();
  };
  BOOST_TEST(complaint({"--bakend", "x"}).find("--bakend") != std::string::npos);
  BOOST_TEST(complaint({"--lease-seconds", "soon"}).find("--lease-seconds") != std::string::npos);
  BOOST_TEST(complaint({"--lease-seconds", "1"}).find("lease.duration") != std::string::npos);
  BOOST_TEST(complaint({"--log-level", "loud"}).find("--log-level") != std::string::npos);
  BOOST_TEST(complaint({"--backend", "ftp://x"}).find("ftp") != std::string::npos);
  BOOST_TEST(complaint({"please"}).find("positional") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
