// SQLite's C interface with owners and exceptions.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace chronicle::kv {

/// What SQLite said. `code` is its primary result code, `extended` the extended one.
class sqlite_error : public std::runtime_error {
 public:
  sqlite_error(int extended_code, std::string const& text)
      : std::runtime_error(text), code(extended_code & 0xff), extended(extended_code) {}
  int code;
  int extended;
};

/// One connection to a database file, used by one thread at a time.
class sqlite_connection {
 public:
  enum class mode { read_write_create, read_only };

  /// Waits up to two seconds for other programs' locks, here and in later statements.
  sqlite_connection(std::string const& path, mode how);

  void execute(std::string const& sql);
  /// The first column of the first row.
  std::int64_t query_number(std::string const& sql);
  std::string query_text(std::string const& sql);

  sqlite3* get() const noexcept { return handle_.get(); }
  /// Outside of a transaction?
  bool in_autocommit() const noexcept;

 private:
  struct closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::unique_ptr<sqlite3, closer> handle_;
};

/// A prepared statement. Parameters count from 1, columns from 0; texts and blobs that are bound must outlive
/// the `step`s.
class sqlite_statement {
 public:
  sqlite_statement(sqlite_connection& connection, std::string const& sql);

  sqlite_statement& bind(int at, std::int64_t number);
  sqlite_statement& bind(int at, std::uint64_t number) { return bind(at, static_cast<std::int64_t>(number)); }
  sqlite_statement& bind_text(int at, std::string_view text);
  sqlite_statement& bind_blob(int at, std::string_view bytes);
  sqlite_statement& bind_null(int at);

  /// True while there is a row to look at.
  bool step();

  std::int64_t number(int column) const;
  std::uint64_t revision(int column) const { return static_cast<std::uint64_t>(number(column)); }
  /// Valid until the next step or reset.
  std::string_view bytes(int column) const;

  void reset() noexcept;

 private:
  struct finalizer {
    void operator()(sqlite3_stmt* handle) const noexcept;
  };
  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
};

/// Resets a statement at the end of a scope, so that it holds no lock and no borrowed text.
class statement_use {
 public:
  explicit statement_use(sqlite_statement& s) : statement_(s) {}
  ~statement_use() { statement_.reset(); }
  statement_use(statement_use const&) = delete;
  statement_use& operator=(statement_use const&) = delete;
  sqlite_statement* operator->() noexcept { return &statement_; }

 private:
  sqlite_statement& statement_;
};

}  // namespace chronicle::kv
