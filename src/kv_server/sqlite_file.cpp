#include "kv_server/sqlite_file.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <set>
#include <system_error>

#include "chronicle/kv_server/setup_error.hpp"

namespace chronicle::kv {
namespace {

constexpr std::int64_t our_application_id = 0x43484b56;  // "CHKV"
constexpr std::int64_t our_format = 1;

// The value comes last, so that the other columns of a large row are read without it. The index has all a
// listing needs.
constexpr char create_tables[] = R"(
  CREATE TABLE versions (
    revision INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice, whatever is deleted
    space    TEXT NOT NULL,
    name     TEXT NOT NULL,
    erased   INTEGER NOT NULL,
    born     INTEGER NOT NULL,                   -- the first revision of this key, kept or not
    written  INTEGER NOT NULL,                   -- milliseconds since 1970, by the calendar
    boot     INTEGER NOT NULL REFERENCES boots,
    uptime   INTEGER NOT NULL,                   -- milliseconds on the clock of that boot
    digest   BLOB NOT NULL,
    write_id TEXT NOT NULL,
    value    BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX versions_by_key ON versions (space, name, revision DESC, erased, born);
  CREATE INDEX tombstones ON versions (written) WHERE erased = 1;
  CREATE TABLE boots (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    first_seen INTEGER NOT NULL
  ) STRICT;
)";

std::string about(std::string const& path) {
  return "database file '" + path + "' ";
}

/// What to do about SQLite's refusal to work with a file.
std::string advice(int code) {
  switch (code) {
    case SQLITE_NOTADB: return "it is not an SQLite database; name another file, or move this one away";
    case SQLITE_CORRUPT: return "it is damaged; restore a backup, or salvage it with `sqlite3 FILE .recover`";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another program has locked it; end that program and start again";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return "make the file and its folder writable for this user (SQLite keeps a log file beside it)";
    case SQLITE_FULL: return "the disk is full; make room";
    default: return "check the disk it is on";
  }
}

/// Refuses files that belong to others or to our future; true when the tables have yet to be made.
bool inspect(sqlite_connection& connection, std::string const& path) {
  auto const application = connection.query_number("PRAGMA application_id");
  auto const format = connection.query_number("PRAGMA user_version");
  if (application == 0 && connection.query_number("SELECT count(*) FROM sqlite_schema") == 0) return true;
  if (application != our_application_id)
    throw setup_error(about(path) + "belongs to another application; name another file");
  if (format != our_format)
    throw setup_error(about(path) + "has format " + std::to_string(format) + ", this program knows format " +
                      std::to_string(our_format) + "; use the version of chronicle-kv that wrote it");
  return false;
}

void create(sqlite_connection& connection) {
  connection.execute("BEGIN IMMEDIATE");
  connection.execute(create_tables);
  connection.execute("PRAGMA application_id = " + std::to_string(our_application_id));
  connection.execute("PRAGMA user_version = " + std::to_string(our_format));
  connection.execute("COMMIT");
}

void configure(sqlite_connection& connection, std::uint64_t max_bytes) {
  if (connection.query_text("PRAGMA journal_mode = WAL") != "wal")
    throw sqlite_error(SQLITE_CANTOPEN, "the file system does not allow a write-ahead log");
  connection.execute("PRAGMA synchronous = FULL");
  // Less frequent checkpoints than the default 1000: values are large, and a checkpoint makes one writer
  // wait.
  connection.execute("PRAGMA wal_autocheckpoint = 4000");
  connection.execute("PRAGMA journal_size_limit = 67108864");
  if (max_bytes > 0) {
    auto const page = static_cast<std::uint64_t>(connection.query_number("PRAGMA page_size"));
    connection.execute("PRAGMA max_page_count = " +
                       std::to_string(std::max<std::uint64_t>(1, max_bytes / page)));
  }
}

/// The files that servers of this process have.
struct claimed_files {
  std::mutex mutex;
  std::set<std::pair<dev_t, ino_t>> files;
};
claimed_files& claims() {
  static auto& all = *new claimed_files;  // never destroyed: a server may be among what is at the very end
  return all;
}

setup_error in_use(std::string const& path) {
  return setup_error(about(path) + "is in use by another chronicle-kv; stop it or name another file");
}

}  // namespace

// Closing any descriptor of a file drops this process's POSIX locks on it, SQLite's included. So a file that
// a server of this process has is not even opened, and when it is closed connections go first.
file_claim::file_claim(std::string const& path) {
  std::lock_guard const lock(claims().mutex);
  struct stat status {};
  auto const known = [&] { return claims().files.contains({status.st_dev, status.st_ino}); };
  if (::stat(path.c_str(), &status) == 0 && known()) throw in_use(path);
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor_ < 0) {
    std::string const why = std::generic_category().message(errno);
    throw setup_error(about(path) + "cannot be opened for reading and writing: " + why +
                      "; name a file in an existing folder that this user may write to");
  }
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw setup_error(about(path) + "is not a regular file; name a file");
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor_);
    throw in_use(path);
  }
  file_ = {status.st_dev, status.st_ino};
  claims().files.insert(file_);
}

file_claim::~file_claim() {
  std::lock_guard const lock(claims().mutex);
  ::close(descriptor_);
  claims().files.erase(file_);
}

sqlite_connection open_database(std::string const& path, std::uint64_t max_bytes) try {
  sqlite_connection connection(path, sqlite_connection::mode::read_write_create);
  bool const is_new = inspect(connection, path);
  configure(connection, max_bytes);
  if (is_new) create(connection);
  return connection;
} catch (sqlite_error const& e) {
  throw setup_error(about(path) + "cannot be used: " + e.what() + "; " + advice(e.code));
}

void skip_revisions(sqlite_connection& connection) {
  // SQLite makes the row with the first revision, and the backup may be older than that.
  connection.execute(
      "INSERT INTO sqlite_sequence(name, seq) SELECT 'versions', 0"
      " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'versions')");
  // More than a store gives out between two backups, and far fewer than there are.
  connection.execute("UPDATE sqlite_sequence SET seq = seq + 4294967296 WHERE name = 'versions'");
}

boot_record note_boot(sqlite_connection& connection, std::string const& name, milliseconds uptime,
                      bool restored) {
  boot_record known;
  if (!restored) {
    sqlite_statement last(connection, "SELECT id, first_seen, name FROM boots ORDER BY id DESC LIMIT 1");
    if (last.step() && !name.empty() && last.bytes(2) == name && last.number(1) <= uptime.count()) {
      known.id = last.number(0);
      known.first_seen = milliseconds(last.number(1));
      return known;
    }
  }
  sqlite_statement insert(connection, "INSERT INTO boots (name, first_seen) VALUES (?1, ?2)");
  insert.bind_text(1, name).bind(2, static_cast<std::int64_t>(uptime.count())).step();
  known.id = sqlite3_last_insert_rowid(connection.get());
  known.first_seen = uptime;
  return known;
}

}  // namespace chronicle::kv
