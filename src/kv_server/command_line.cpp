#include "kv_server/command_line.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cerrno>
#include <concepts>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>
#include <system_error>

#include "base/quoted.hpp"
#include "kv_server/target.hpp"

namespace chronicle::kv {
namespace {

namespace po = boost::program_options;

class option_list {
 public:
  option_list() : all_("chronicle-kv: a key-value store with compare-and-swap over HTTP\n\nOptions", 100) {}

  option_list& flag(char const* name, char const* help) {
    all_.add_options()(name, help);
    return *this;
  }
  option_list& text(char const* name, char const* what, char const* help) {
    all_.add_options()(name, po::value<std::string>()->value_name(what), help);
    return *this;
  }
  option_list& text(char const* name, char const* what, std::string const& by_default, char const* help) {
    all_.add_options()(name, po::value<std::string>()->value_name(what)->default_value(by_default), help);
    return *this;
  }
  option_list& number(char const* name, std::integral auto by_default, char const* help) {
    return text(name, "N", std::to_string(by_default), help);
  }
  option_list& seconds(char const* name, std::chrono::milliseconds by_default, char const* help) {
    return number(name, by_default / std::chrono::seconds(1), help);
  }

  po::options_description const& all() const { return all_; }

 private:
  po::options_description all_;
};

option_list describe_options() {
  server_options const d;
  command_line const c;
  option_list list;
  list.text("database", "FILE", "keep the records in this SQLite file; created when it does not exist")
      .flag(
          "restored",
          "the database file was just restored from a backup: skip the revisions given out since, and count "
          "the age of its records from now")
      .flag("memory", "keep the records in memory; gone when the program ends")
      .text("listen", "ADDRESS:PORT", c.address + ":" + std::to_string(c.port),
            "where to listen, such as 127.0.0.1:0 (a free port, printed) or [::1]:8642")
      .text("token", "TEXT",
            "what clients must send as 'Authorization: Bearer TEXT'; other users of this machine can see it: "
            "prefer --token-file, or the environment variable CHRONICLE_KV_TOKEN")
      .text("token-file", "FILE", "read the token from the first line of this file")
      .text("tls-cert", "FILE", "serve TLS with this certificate chain (PEM)")
      .text("tls-key", "FILE", "the private key of the certificate (PEM)")
      .text("tls-client-ca", "FILE", "accept only clients with a certificate of these authorities (PEM)");
  list.number("threads", c.threads, "threads that serve requests")
      .number("versions", d.versions, "revisions kept per key")
      .number("keep-tombstones-hours", d.keep_tombstones.count(),
              "forget an erased key and its history after this time")
      .number("max-database-bytes", d.max_database_bytes, "size of the database file; 0: no limit")
      .number("max-connections", d.max_connections, "connections at a time")
      .number("max-header-bytes", d.max_header_bytes, "size of a request's head")
      .number("max-value-bytes", d.max_value_bytes, "size of a value")
      .number("max-message-bytes", d.max_message_bytes, "size of a message to a topic")
      .number("max-key-bytes", d.max_key_bytes, "size of a key, namespace or topic")
      .number("max-topics", d.max_topics, "topics kept at a time");
  list.number("max-wait-seconds", d.max_wait.count(), "longest long poll")
      .seconds("idle-seconds", d.idle_timeout, "close connections that send no request for so long")
      .seconds("request-seconds", d.body_timeout,
               "close connections whose request arrives, or whose answer is taken, slower")
      .seconds("stop-seconds", c.patience, "time for requests in flight when told to stop")
      .text("log-level", "LEVEL", "info", "debug, info, warning, error or off")
      .flag("help", "print this and end")
      .flag("version", "print the version and end");
  return list;
}

std::string text_of(po::variables_map const& given, char const* option) {
  return given.count(option) > 0 ? given[option].as<std::string>() : std::string();
}

constexpr std::uint64_t no_bound = std::numeric_limits<std::int64_t>::max();

std::uint64_t number_of(po::variables_map const& given, char const* option, std::uint64_t least,
                        std::uint64_t most) {
  auto const text = text_of(given, option);
  if (auto const number = parse_number(text, least, most)) return *number;
  std::string const range = most == no_bound ? " upwards" : " to " + std::to_string(most);
  throw setup_error("--" + std::string(option) + ": must be a number from " + std::to_string(least) + range +
                    ", not " + quoted(text));
}

std::chrono::seconds seconds_of(po::variables_map const& given, char const* option, std::uint64_t least) {
  return std::chrono::seconds(number_of(given, option, least, 86'400));
}

std::string read_token_file(std::string const& path) {
  std::ifstream file(path);
  std::string token;
  if (!std::getline(file, token)) {
    std::string const why = file.is_open() ? "it is empty" : std::generic_category().message(errno);
    throw setup_error("--token-file: cannot read a token from the first line of '" + path + "': " + why);
  }
  if (token.empty())
    throw setup_error("--token-file: the first line of '" + path + "' must be the token, and is empty");
  return token;
}

std::string find_token(po::variables_map const& given) {
  if (given.count("token") + given.count("token-file") > 1)
    throw setup_error("--token and --token-file exclude each other");
  if (given.count("token-file") > 0) return read_token_file(text_of(given, "token-file"));
  if (given.count("token") > 0) {
    auto token = text_of(given, "token");
    if (token.empty()) throw setup_error("--token: must not be empty");
    return token;
  }
  char const* const from_environment = std::getenv("CHRONICLE_KV_TOKEN");
  return from_environment == nullptr ? std::string() : std::string(from_environment);
}

void take_listen(std::string const& text, command_line& into) {
  auto const colon = text.rfind(':');
  auto const port =
      colon == std::string::npos ? std::nullopt : parse_number(text.substr(colon + 1), 0, 65535);
  if (!port || colon == 0)
    throw setup_error("--listen: must be ADDRESS:PORT, such as 127.0.0.1:8642 or [::1]:0, not " +
                      quoted(text));
  into.address = text.substr(0, colon);
  if (into.address == "localhost") into.address = "127.0.0.1";
  if (into.address.front() == '[' && into.address.back() == ']')
    into.address = into.address.substr(1, into.address.size() - 2);
  into.port = static_cast<std::uint16_t>(*port);
}

log_level parse_level(std::string const& text) {
  for (auto const level :
       {log_level::debug, log_level::info, log_level::warning, log_level::error, log_level::off})
    if (text == to_string(level)) return level;
  throw setup_error("--log-level: must be debug, info, warning, error or off, not " + quoted(text));
}

void take_storage(po::variables_map const& given, server_options& into) {
  if (given.count("database") + given.count("memory") != 1)
    throw setup_error("give either --database FILE or --memory");
  into.database = text_of(given, "database");
  if (given.count("database") > 0 && into.database.empty()) throw setup_error("--database: must name a file");
  into.restored_from_backup = given.count("restored") > 0;
  into.versions = number_of(given, "versions", 1, 1'000'000);
  into.keep_tombstones = std::chrono::hours(number_of(given, "keep-tombstones-hours", 0, 24 * 36'500));
  into.max_database_bytes = number_of(given, "max-database-bytes", 0, no_bound);
}

void take_limits(po::variables_map const& given, server_options& into) {
  into.max_connections = number_of(given, "max-connections", 1, no_bound);
  into.max_header_bytes = number_of(given, "max-header-bytes", 1024, 1024 * 1024);
  into.max_value_bytes = number_of(given, "max-value-bytes", 1, 256 * 1024 * 1024);
  into.max_message_bytes = number_of(given, "max-message-bytes", 1, 1024 * 1024);
  into.max_key_bytes = number_of(given, "max-key-bytes", 1, 512);
  into.max_topics = number_of(given, "max-topics", 1, no_bound);
  into.max_wait = std::chrono::seconds(number_of(given, "max-wait-seconds", 0, 3600));
  into.idle_timeout = seconds_of(given, "idle-seconds", 1);
  into.body_timeout = into.write_timeout = seconds_of(given, "request-seconds", 1);
  into.head_timeout = std::min(into.head_timeout, into.body_timeout);
}

/// The complaint without what was given to the option it names, which may be a secret: '--tok=...' becomes
/// '--tok'.
std::string without_value(std::string complaint) {
  auto const equals = complaint.find('=');
  if (equals == std::string::npos) return complaint;
  return complaint.erase(equals, complaint.find_last_of('\'') - equals);
}

/// Program_options puts the option's name into its complaint wherever it finds a placeholder for it, also in
/// the name it has just put there: '--%original_token%' would keep it busy for ever.
void refuse_placeholders(int argc, char const* const* argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const argument = argv[i];
    auto const name = argument.substr(0, argument.find('='));
    if (name.starts_with('-') && name.find('%') != name.npos)
      throw setup_error("unrecognised option " + quoted(name) + "; see --help");
  }
}

po::variables_map read_arguments(po::options_description const& known, int argc,
                                 char const* const* argv) try {
  refuse_placeholders(argc, argv);
  po::variables_map given;
  auto const style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(argc, argv).options(known).positional({}).style(style).run(), given);
  po::notify(given);
  return given;
} catch (po::error const& e) {
  throw setup_error(without_value(e.what()) + "; see --help");
}

}  // namespace

command_line parse_command_line(int argc, char const* const* argv) {
  auto const known = describe_options();
  auto const given = read_arguments(known.all(), argc, argv);
  command_line c;
  if (given.count("help") > 0) {
    std::ostringstream out;
    out << known.all();
    c.answer = out.str();
    return c;
  }
  if (given.count("version") > 0) {
    c.answer = "chronicle-kv " CHRONICLE_VERSION "\n";
    return c;
  }
  take_storage(given, c.options);
  take_limits(given, c.options);
  take_listen(text_of(given, "listen"), c);
  c.options.token = find_token(given);
  c.options.tls_certificate_file = text_of(given, "tls-cert");
  c.options.tls_key_file = text_of(given, "tls-key");
  c.options.tls_client_ca_file = text_of(given, "tls-client-ca");
  c.options.log_threshold = parse_level(text_of(given, "log-level"));
  c.threads = number_of(given, "threads", 1, 1024);
  c.patience = seconds_of(given, "stop-seconds", 0);
  return c;
}

}  // namespace chronicle::kv
