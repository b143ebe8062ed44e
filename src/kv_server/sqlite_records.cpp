#include "kv_server/sqlite_records.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

#include "kv_server/key_lister.hpp"

namespace chronicle::kv {
namespace {

// Column order of every statement that `to_version` reads; the value follows.
std::string const version_columns = "revision, erased, digest, write_id, written, boot, uptime, ";

constexpr auto no_bound = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// Between its beginning and its end all reads see the same revisions.
class snapshot {
 public:
  explicit snapshot(sqlite_connection& of) : connection_(of) { connection_.execute("BEGIN"); }
  ~snapshot() {
    try {
      connection_.execute("COMMIT");
    } catch (sqlite_error const&) {  // what was read stands, and the next one says what is wrong
    }
  }
  snapshot(snapshot const&) = delete;
  snapshot& operator=(snapshot const&) = delete;

 private:
  sqlite_connection& connection_;
};

}  // namespace

record_reader::record_reader(sqlite_connection& connection, age_clock const& clock)
    : connection_(connection),
      clock_(clock),
      newest_(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'versions'"),
      head_(connection,
            "SELECT " + version_columns +
                "iif(?4, value, x'') FROM versions WHERE space = ?1 AND name = ?2 AND revision <= ?3"
                " ORDER BY revision DESC LIMIT 1"),
      born_(connection, "SELECT born FROM versions WHERE space = ?1 AND name = ?2 LIMIT 1"),
      list_(connection,
            "SELECT name, revision, erased, born FROM versions WHERE space = ?1 AND name >= ?2"
            " ORDER BY name, revision DESC"),
      versions_(connection, "SELECT " + version_columns +
                                "value FROM versions WHERE space = ?1 AND name = ?2 AND revision < ?3"
                                " ORDER BY revision DESC") {}

std::uint64_t record_reader::newest() {
  statement_use row(newest_);
  return row->step() ? row->revision(0) : 0;
}

stored_version record_reader::to_version(sqlite_statement& row, bool with_value) const {
  stored_version v;
  v.revision = row.revision(0);
  v.erased = row.number(1) != 0;
  v.digest = row.bytes(2);
  v.write_id = row.bytes(3);
  write_stamp at;
  at.calendar = wall_time_point{milliseconds{row.number(4)}};
  at.boot = row.number(5);
  at.uptime = milliseconds{row.number(6)};
  v.written = at.calendar;
  v.age = clock_.age(at);
  if (with_value) v.value = row.bytes(7);
  return v;
}

read_outcome record_reader::read(read_query const& query) {
  if (query.as_of) {
    auto const last = newest();
    if (*query.as_of > last) return not_yet_written(last);
  }
  {
    statement_use row(head_);
    row->bind_text(1, query.key.space).bind_text(2, query.key.name);
    row->bind(3, query.as_of.value_or(no_bound)).bind(4, std::int64_t{query.with_value});
    if (row->step()) return to_version(head_, query.with_value);
  }
  if (!query.as_of) return never_written{};
  statement_use row(born_);
  row->bind_text(1, query.key.space).bind_text(2, query.key.name);
  if (!row->step() || row->revision(0) > *query.as_of) return never_written{};
  return compacted{};
}

list_outcome record_reader::list(list_query const& query) {
  snapshot const all_of_one_moment(connection_);
  auto const last = newest();
  if (query.as_of && *query.as_of > last) return not_yet_written(last);
  key_lister lister(query.limit, query.as_of.value_or(last));
  // Names hold no NUL, so nothing lies between a name and itself followed by the next smallest character.
  std::string const first = std::max(query.prefix, query.after.empty() ? query.after : query.after + '\x01');
  statement_use row(list_);
  row->bind_text(1, query.space).bind_text(2, first);
  while (row->step()) {
    std::string_view const name = row->bytes(0);
    if (!name.starts_with(query.prefix)) break;
    if (!lister.take({name, row->revision(1), row->number(2) != 0, row->revision(3)})) break;
  }
  return lister.finish();
}

versions_outcome record_reader::versions(versions_query const& query) {
  version_page page;
  statement_use row(versions_);
  row->bind_text(1, query.key.space).bind_text(2, query.key.name).bind(3, query.before.value_or(no_bound));
  std::size_t bytes = 0;
  while (row->step()) {
    bytes += row->bytes(7).size();
    bool const full = page.versions.size() == query.limit || bytes > query.max_bytes;
    if (full && !page.versions.empty()) {
      page.more = true;
      break;
    }
    page.versions.push_back(to_version(versions_, true));
  }
  page.known = !page.versions.empty();
  if (page.known || !query.before) return page;
  statement_use any(born_);
  any->bind_text(1, query.key.space).bind_text(2, query.key.name);
  page.known = any->step();
  return page;
}

record_writer::record_writer(sqlite_connection& connection, age_clock const& clock, retention keep)
    : connection_(connection),
      clock_(clock),
      keep_(keep),
      reader_(connection, clock),
      head_(connection,
            "SELECT revision, erased, digest, write_id, born FROM versions WHERE space = ?1 AND name = ?2"
            " ORDER BY revision DESC LIMIT 1"),
      insert_(
          connection,
          "INSERT INTO versions (space, name, erased, born, written, boot, uptime, digest, write_id, value)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      oldest_to_keep_(connection,
                      "SELECT revision FROM versions WHERE space = ?1 AND name = ?2"
                      " ORDER BY revision DESC LIMIT 1 OFFSET ?3"),
      delete_through_(connection, "DELETE FROM versions WHERE space = ?1 AND name = ?2 AND revision <= ?3"),
      old_tombstones_(
          connection,
          "SELECT space, name, revision FROM versions WHERE erased = 1 AND written < ?1 LIMIT 1") {}

write_outcome record_writer::write(write_command const& command) {
  std::uint64_t born = 0;
  {
    statement_use row(head_);
    row->bind_text(1, command.key.space).bind_text(2, command.key.name);
    std::optional<line_head> head;
    if (row->step()) {
      head = line_head{row->revision(0), row->number(1) != 0, row->bytes(2), row->bytes(3)};
      born = row->revision(4);
    }
    verdict const decision = judge(command, head);
    if (decision == verdict::replayed) return written(head->revision, true);
    if (decision == verdict::refuse && !head) return mismatch();
    if (decision == verdict::refuse) {
      auto current = reader_.read(read_query(command.key, std::nullopt, command.want_current));
      return mismatch(std::get<stored_version>(std::move(current)));
    }
  }
  std::uint64_t const revision = insert(command, born);
  prune(command.key);
  return written(revision, false);
}

std::uint64_t record_writer::insert(write_command const& command, std::uint64_t born) {
  // A new key is born with the revision it is about to get.
  if (born == 0) born = reader_.newest() + 1;
  write_stamp const at = clock_.stamp();
  static std::string const nothing;
  statement_use row(insert_);
  row->bind_text(1, command.key.space).bind_text(2, command.key.name);
  row->bind(3, std::int64_t{!command.value.has_value()}).bind(4, born);
  row->bind(5, std::int64_t{at.calendar.time_since_epoch().count()}).bind(6, at.boot);
  row->bind(7, std::int64_t{at.uptime.count()});
  row->bind_blob(8, command.digest).bind_text(9, command.write_id);
  row->bind_blob(10, command.value ? *command.value : nothing);
  row->step();
  return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(connection_.get()));
}

void record_writer::prune(record_key const& key) {
  std::uint64_t through = 0;
  {
    statement_use row(oldest_to_keep_);
    row->bind_text(1, key.space).bind_text(2, key.name).bind(3, std::uint64_t{keep_.versions});
    if (row->step()) through = row->revision(0);
  }
  if (through == 0) return;
  statement_use row(delete_through_);
  row->bind_text(1, key.space).bind_text(2, key.name).bind(3, through);
  row->step();
}

void record_writer::forget_old_erasures() {
  auto const limit = (clock_.calendar() - keep_.tombstones).time_since_epoch().count();
  constexpr int at_most = 16;  // per transaction, so that no writer waits long
  for (int i = 0; i < at_most; ++i) {
    statement_use old(old_tombstones_);
    old->bind(1, std::int64_t{limit});
    if (!old->step()) return;
    record_key const key{std::string(old->bytes(0)), std::string(old->bytes(1))};
    statement_use row(delete_through_);
    row->bind_text(1, key.space).bind_text(2, key.name).bind(3, old->revision(2));
    row->step();
  }
}

}  // namespace chronicle::kv
