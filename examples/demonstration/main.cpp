// The demonstration: one store of records, two game servers, some hundred players who hop between them; then
// the same with a server killed in the middle. Were all coins kept? The exit status tells.
#include <stdlib.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <iostream>

#include "../game_server/storage.hpp"
#include "audit.hpp"
#include "child_process.hpp"
#include "options.hpp"
#include "round.hpp"
#include "summary.hpp"

namespace asio = boost::asio;

namespace {

/// A folder for the database and the logs. Stays when something went wrong.
class work_folder {
 public:
  work_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "chronicle-demonstration-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
    path_ = name;
  }
  std::string file(std::string const& name) const { return (path_ / name).string(); }
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class demonstration {
 public:
  demonstration(asio::any_io_executor executor, options o)
      : executor_(std::move(executor)), options_(std::move(o)) {}

  asio::awaitable<void> run();
  /// Names what went wrong. True when nothing did.
  bool report();
  std::filesystem::path const& folder() const { return folder_.path(); }

 private:
  asio::awaitable<void> start_kv();
  asio::awaitable<void> play(std::string title, std::chrono::seconds length, bool kill, bool bus);
  round_plan plan(std::string title, std::chrono::seconds length, bool kill, bool bus) const;

  asio::any_io_executor executor_;
  options options_;
  work_folder folder_;
  std::unique_ptr<child_process> kv_;
  std::vector<std::unique_ptr<game_round>> rounds_;
};

asio::awaitable<void> demonstration::start_kv() {
  std::vector<std::string> command{options_.kv, "--database", folder_.file("players.db"), "--listen",
                                   "127.0.0.1:0"};
  kv_ = std::make_unique<child_process>(executor_, std::move(command), folder_.file("kv.log"));
  auto reading = kv_->next_line();
  auto const line = co_await std::move(reading);
  std::string const announcement = "listening on ";
  if (!line || !line->starts_with(announcement))
    throw std::runtime_error("chronicle-kv did not start; see " + folder_.file("kv.log"));
  options_.backend = "http://" + line->substr(announcement.size());
}

round_plan demonstration::plan(std::string title, std::chrono::seconds length, bool kill, bool bus) const {
  std::string const number = std::to_string(rounds_.size() + 1);
  round_plan p;
  p.title = "Round " + number + ": " + title;
  p.server_command = {options_.game_server,
                      "--backend",
                      options_.backend,
                      "--lease-seconds",
                      std::to_string(options_.lease.count()),
                      "--save-after-ms",
                      "500",
                      "--save-at-most-ms",
                      "2000"};
  if (!bus) p.server_command.insert(p.server_command.end(), {"--bus", "none"});
  p.log_prefix = folder_.file("round" + number + "-");
  // A backend that is not ours may hold the players of an earlier run.
  p.player_prefix = "player-" + std::to_string(options_.seed) + '-' + number + '-';
  p.players = options_.players;
  p.seed = options_.seed + rounds_.size() * options_.players;
  p.length = length;
  p.kill = kill;
  return p;
}

asio::awaitable<void> demonstration::run() {
  if (options_.backend.empty()) {
    auto starting = start_kv();
    co_await std::move(starting);
  }
  std::cout << "records: " << options_.backend << ", seed " << options_.seed << std::endl;
  auto step = play("players hop between two game servers", options_.hop_round, false, true);
  co_await std::move(step);
  auto with_bus = play("kill -9 of a server: the other one asks it in vain and takes over",
                       options_.kill_round, true, true);
  co_await std::move(with_bus);
  auto without = play("the same without messages: leases have to expire", options_.kill_round, true, false);
  co_await std::move(without);
  print_summary(std::cout, rounds_);
}

asio::awaitable<void> demonstration::play(std::string title, std::chrono::seconds length, bool kill,
                                          bool bus) {
  rounds_.push_back(std::make_unique<game_round>(executor_, plan(std::move(title), length, kill, bus)));
  auto playing = rounds_.back()->play();
  co_await std::move(playing);
  chronicle::store_options reading;
  reading.server_name = "auditor";
  connect(reading, executor_, options_.backend, "none");
  auto auditing = audit(chronicle::store(executor_, "PlayerData", reading), *rounds_.back());
  co_await std::move(auditing);
}

bool demonstration::report() {
  constexpr std::size_t most = 20;
  bool held = true;
  for (auto const& one : rounds_) {
    auto const& problems = one->counts().problems;
    held = held && problems.empty();
    for (std::size_t i = 0; i < std::min(most, problems.size()); ++i) std::cout << problems[i] << '\n';
    if (problems.size() > most) std::cout << "and " << problems.size() - most << " more\n";
  }
  std::cout << (held ? "Every coin is there.\n" : "It did not hold.\n");
  return held;
}

int run(options o) {
  asio::io_context context(1);
  demonstration show(context.get_executor(), std::move(o));
  bool held = false;
  asio::co_spawn(context, show.run(), [&](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
      held = show.report();
    } catch (std::exception const& e) {
      std::cerr << "demonstration: " << e.what() << '\n';
    }
    context.stop();
  });
  context.run();
  if (held)
    std::filesystem::remove_all(show.folder());
  else
    std::cout << "Logs and records are in " << show.folder().string() << '\n';
  return held ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto o = parse_command_line(argc, argv);
    if (o.help.empty()) return run(std::move(o));
    std::cout << o.help;
    return 0;
  } catch (usage_error const& e) {
    std::cerr << "demonstration: " << e.what() << '\n';
    return 2;
  } catch (std::exception const& e) {
    std::cerr << "demonstration: " << e.what() << '\n';
    return 1;
  }
}
