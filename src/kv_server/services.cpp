#include "kv_server/services.hpp"

#include <boost/system/system_error.hpp>
#include <fstream>

#include "base/option_rules.hpp"
#include "kv_server/memory_storage.hpp"
#include "kv_server/sqlite_storage.hpp"

namespace chronicle::kv {
namespace {

using namespace std::chrono_literals;

server_options checked_options(server_options options) {
  if (std::string const problem = find_problem(options); !problem.empty()) throw setup_error(problem);
  if (!options.time) options.time = make_real_time_source();
  return options;
}

/// The machine's name for its present boot; empty where it has none.
std::string read_boot_name() {
  std::string name;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> name;
  return name;
}

std::shared_ptr<storage> open_storage(server_options const& o) {
  retention keep;
  keep.versions = o.versions;
  keep.tombstones = o.keep_tombstones;
  if (o.database.empty()) return make_memory_storage(keep, o.time);
  sqlite_options file;
  file.path = o.database;
  file.keep = keep;
  file.max_bytes = o.max_database_bytes;
  file.restored = o.restored_from_backup;
  file.boot_name = read_boot_name();
  return open_sqlite_storage(std::move(file), o.time);
}

std::shared_ptr<tls_acceptor> make_tls(server_options const& o) try {
  if (o.tls_certificate_file.empty()) return nullptr;
  tls_server_options files;
  files.certificate_file = o.tls_certificate_file;
  files.key_file = o.tls_key_file;
  files.client_ca_file = o.tls_client_ca_file;
  return make_tls_acceptor(files);
} catch (boost::system::system_error const& e) {
  throw setup_error(std::string("TLS: ") + e.what());
}

plan_options plan_for(server_options const& o) {
  plan_options p;
  p.token = o.token;
  p.max_name_bytes = o.max_key_bytes;
  p.max_value_bytes = o.max_value_bytes;
  p.max_message_bytes = o.max_message_bytes;
  p.max_wait = o.max_wait;
  return p;
}

topic_limits limits_for(server_options const& o) {
  topic_limits limits;
  limits.topics = o.max_topics;
  return limits;
}

/// Differs from start to start, and is the same in two runs on virtual time.
std::string name_instance(time_source const& time) {
  return std::to_string(time.wall_now().time_since_epoch().count());
}

}  // namespace

std::string find_problem(server_options const& o) {
  auto const within = [](auto value, auto least, auto most) { return value >= least && value <= most; };
  constexpr std::chrono::hours century{100 * 365 * 24};
  constexpr std::chrono::milliseconds a_day = 24h;
  return first_broken({
      {!o.restored_from_backup || !o.database.empty(), "restored_from_backup", "given with database only"},
      {within(o.versions, 1u, 1'000'000u), "versions", "1 to 1000000"},
      {within(o.keep_tombstones, 0h, century), "keep_tombstones", "0 to 876000 hours"},
      {o.tls_certificate_file.empty() == o.tls_key_file.empty(), "tls_certificate_file and tls_key_file",
       "given together"},
      {o.tls_client_ca_file.empty() || !o.tls_certificate_file.empty(), "tls_client_ca_file",
       "given with tls_certificate_file only"},
      {o.max_connections >= 1, "max_connections", "at least 1"},
      {within(o.max_header_bytes, 1024u, 1024u * 1024), "max_header_bytes", "1024 to 1048576"},
      {within(o.max_value_bytes, 1u, 256u * 1024 * 1024), "max_value_bytes", "1 to 268435456"},
      {within(o.max_message_bytes, 1u, 1024u * 1024), "max_message_bytes", "1 to 1048576"},
      {within(o.max_key_bytes, 1u, 512u), "max_key_bytes", "1 to 512"},
      {o.max_topics >= 1, "max_topics", "at least 1"},
      {within(o.max_wait, 0s, 3600s), "max_wait", "0 to 3600 seconds"},
      {within(o.idle_timeout, 1ms, a_day), "idle_timeout", "1 ms to 24 h"},
      {within(o.head_timeout, 1ms, a_day), "head_timeout", "1 ms to 24 h"},
      {within(o.body_timeout, 1ms, a_day), "body_timeout", "1 ms to 24 h"},
      {within(o.write_timeout, 1ms, a_day), "write_timeout", "1 ms to 24 h"},
      {within(o.heartbeat, 1ms, a_day), "heartbeat", "1 ms to 24 h"},
      {o.token.find_first_of(" \t\r\n") == std::string::npos, "token", "without white space"},
  });
}

services::services(server_options const& o)
    : options(checked_options(o)),
      time(options.time),
      log(options.log, options.log_threshold),
      store(open_storage(options)),
      tls(make_tls(options)),
      planner(plan_for(options)),
      topics(limits_for(options), name_instance(*time)) {}

}  // namespace chronicle::kv
