#include "kv_server/sqlite_handle.hpp"

#include <sqlite3.h>

namespace chronicle::kv {
namespace {

[[noreturn]] void fail(sqlite3* handle, int code) {
  if (!handle) throw sqlite_error(code, sqlite3_errstr(code));
  throw sqlite_error(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle));
}

void check(sqlite3_stmt* statement, int code) {
  if (code != SQLITE_OK) fail(sqlite3_db_handle(statement), code);
}

}  // namespace

void sqlite_connection::closer::operator()(sqlite3* handle) const noexcept {
  sqlite3_close_v2(handle);
}

sqlite_connection::sqlite_connection(std::string const& path, mode how) {
  int const access =
      how == mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* opened = nullptr;
  int const code =
      sqlite3_open_v2(path.c_str(), &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  handle_.reset(opened);
  if (code != SQLITE_OK) fail(opened, code);
  sqlite3_busy_timeout(opened, 2000);
}

void sqlite_connection::execute(std::string const& sql) {
  int const code = sqlite3_exec(get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(get(), code);
}

std::int64_t sqlite_connection::query_number(std::string const& sql) {
  sqlite_statement statement(*this, sql);
  return statement.step() ? statement.number(0) : 0;
}

std::string sqlite_connection::query_text(std::string const& sql) {
  sqlite_statement statement(*this, sql);
  return statement.step() ? std::string(statement.bytes(0)) : std::string();
}

bool sqlite_connection::in_autocommit() const noexcept {
  return sqlite3_get_autocommit(get()) != 0;
}

void sqlite_statement::finalizer::operator()(sqlite3_stmt* handle) const noexcept {
  sqlite3_finalize(handle);
}

sqlite_statement::sqlite_statement(sqlite_connection& connection, std::string const& sql) {
  sqlite3_stmt* prepared = nullptr;
  int const code =
      sqlite3_prepare_v3(connection.get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  handle_.reset(prepared);
  if (code != SQLITE_OK) fail(connection.get(), code);
}

sqlite_statement& sqlite_statement::bind(int at, std::int64_t number) {
  check(handle_.get(), sqlite3_bind_int64(handle_.get(), at, number));
  return *this;
}

sqlite_statement& sqlite_statement::bind_text(int at, std::string_view text) {
  check(handle_.get(),
        sqlite3_bind_text64(handle_.get(), at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

sqlite_statement& sqlite_statement::bind_blob(int at, std::string_view bytes) {
  check(handle_.get(), sqlite3_bind_blob64(handle_.get(), at, bytes.data(), bytes.size(), SQLITE_STATIC));
  return *this;
}

sqlite_statement& sqlite_statement::bind_null(int at) {
  check(handle_.get(), sqlite3_bind_null(handle_.get(), at));
  return *this;
}

bool sqlite_statement::step() {
  int const code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(sqlite3_db_handle(handle_.get()), code);
}

std::int64_t sqlite_statement::number(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string_view sqlite_statement::bytes(int column) const {
  void const* const data = sqlite3_column_blob(handle_.get(), column);
  int const size = sqlite3_column_bytes(handle_.get(), column);
  return {static_cast<char const*>(data), static_cast<std::size_t>(size)};
}

void sqlite_statement::reset() noexcept {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

}  // namespace chronicle::kv
