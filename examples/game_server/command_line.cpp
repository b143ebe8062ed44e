#include "command_line.hpp"

#include <boost/program_options.hpp>
#include <sstream>

namespace po = boost::program_options;
using std::chrono::milliseconds;

namespace {

// A lease is renewed in the same proportions whatever its length: at 5/6 of it, in bad weather from 1/6 on.
void set_lease(chronicle::lease_options& lease, std::chrono::seconds duration) {
  lease.duration = duration;
  lease.renew_age = lease.duration * 5 / 6;
  lease.early_renew_age = lease.duration / 6;
  lease.renew_jitter = lease.duration / 30;
}

void set_saving(chronicle::saving_options& saving, milliseconds quiet, milliseconds at_most) {
  saving.quiet_period = quiet;
  saving.max_delay = at_most;
  saving.jitter = quiet / 10;
}

chronicle::log_level parse_level(std::string const& text) {
  using enum chronicle::log_level;
  for (auto const level : {debug, info, warning, error, off})
    if (text == to_string(level)) return level;
  throw usage_error("--log-level: must be debug, info, warning, error or off, not '" + text + "'");
}

}  // namespace

command_line parse_command_line(int argc, char const* const* argv) try {
  command_line c;
  unsigned lease = 60, quiet = 2000, at_most = 30'000;
  std::string level = "warning";
  po::options_description known("game_server: players join, earn coins and leave\n\nOptions", 100);
  auto option = known.add_options();
  option("backend", po::value(&c.backend)->value_name("URL")->default_value(c.backend),
         "where the players' data is: the URL of a chronicle-kv, or etcd://host:port,host:port,...");
  option(
      "bus", po::value(&c.bus)->value_name("URL"),
      "how servers ask each other whether they live: another URL, or 'none'; the backend's when not given");
  option("name", po::value(&c.store.server_name)->value_name("TEXT")->default_value("game"),
         "the name of this server");
  option("lease-seconds", po::value(&lease)->value_name("N")->default_value(lease),
         "how long a server that died keeps its players");
  option("save-after-ms", po::value(&quiet)->value_name("N")->default_value(quiet),
         "save this long after the last edit");
  option("save-at-most-ms", po::value(&at_most)->value_name("N")->default_value(at_most),
         "and at the latest this long after the first one that is not saved");
  option("log-level", po::value(&level)->value_name("LEVEL")->default_value(level),
         "debug, info, warning, error or off");
  option("help", "print this and end");
  po::variables_map given;
  auto const style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(argc, argv).options(known).positional({}).style(style).run(), given);
  po::notify(given);

  if (given.count("help") > 0) {
    std::ostringstream text;
    text << known
         << "\nCommands on standard input: join NAME, earn NAME COINS, leave NAME. End with Ctrl-D or "
            "SIGTERM.\n"
         << "The environment may hold credentials: CHRONICLE_KV_TOKEN, or CHRONICLE_ETCD_USER and\n"
            "CHRONICLE_ETCD_PASSWORD.\n";
    c.help = text.str();
  }
  set_lease(c.store.lease, std::chrono::seconds(lease));
  set_saving(c.store.saving, milliseconds(quiet), milliseconds(at_most));
  c.store.log_threshold = parse_level(level);
  return c;
} catch (po::error const& e) {
  throw usage_error(std::string(e.what()) + "; see --help");
}
