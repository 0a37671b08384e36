#include "sqlite/statement.h"

#include <cstdarg>
#include <cstring>
#include <memory>

namespace edgepack::sqlite {

std::string format(const char* pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  const std::unique_ptr<char, void (*)(void*)> text(sqlite3_vmprintf(pattern, arguments),
                                                    [](void* made) { sqlite3_free(made); });
  va_end(arguments);
  if (text == nullptr) throw std::bad_alloc();
  return text.get();
}

void execute(sqlite3* database, const std::string& sql, const ErrorParts& parts) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw Error::from(database, parts);
  }
}

Statement::Statement(sqlite3* database, std::string_view sql, unsigned flags) {
  if (sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), flags, &statement_,
                         nullptr) != SQLITE_OK) {
    throw Error::from(database, {.operation = "prepare"});
  }
}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw Error::from(sqlite3_db_handle(statement_), {.operation = "bind"});
}

Statement& Statement::bind(int parameter, sqlite3_int64 value) {
  check(sqlite3_bind_int64(statement_, parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  check(sqlite3_bind_double(statement_, parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  check(sqlite3_bind_text64(statement_, parameter, text.empty() ? "" : text.data(), text.size(),
                            SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_terminated(int parameter, std::string_view text) {
  // SQLite knows of the NUL only where it has to look for it, so there must be no other.
  if (text.empty() || std::strlen(text.data()) != text.size()) return bind(parameter, text);
  check(sqlite3_bind_text(statement_, parameter, text.data(), -1, SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind(int parameter, std::span<const std::byte> bytes) {
  if (bytes.empty()) {
    check(sqlite3_bind_zeroblob(statement_, parameter, 0));
  } else {
    check(sqlite3_bind_blob64(statement_, parameter, bytes.data(), bytes.size(), SQLITE_STATIC));
  }
  return *this;
}

Statement& Statement::bind(int parameter, Value value) {
  check(sqlite3_bind_value(statement_, parameter, value.get()));
  return *this;
}

Statement& Statement::bind(int parameter, std::nullptr_t) {
  check(sqlite3_bind_null(statement_, parameter));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  const Error error = Error::from(sqlite3_db_handle(statement_), {});
  sqlite3_reset(statement_);
  throw error;
}

void Statement::run() {
  while (step()) {
  }
}

std::string_view Statement::column_text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (data == nullptr) {
    if (column_type(column) != SQLITE_NULL) throw std::bad_alloc();
    return {};
  }
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> Statement::column_blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  if (data == nullptr && size != 0) throw std::bad_alloc();
  return {data, data == nullptr ? 0 : size};
}

Blob::Blob(sqlite3* database, const char* schema, const char* table, const char* column,
           sqlite3_int64 rowid, Mode mode)
    : database_(database) {
  const int code =
      sqlite3_blob_open(database, schema, table, column, rowid, static_cast<int>(mode), &blob_);
  if (code != SQLITE_OK) {
    throw Error::from(database, {.operation = "open blob", .object = table, .problem = column});
  }
}

Blob& Blob::operator=(Blob&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(blob_, other.blob_);
  return *this;
}

void Blob::check(int code) const {
  if (code != SQLITE_OK) throw Error::from(database_, {.operation = "access blob"});
}

void Blob::reopen(sqlite3_int64 rowid) { check(sqlite3_blob_reopen(blob_, rowid)); }

void Blob::read(std::span<std::byte> bytes, std::size_t offset) const {
  check(sqlite3_blob_read(blob_, bytes.data(), static_cast<int>(bytes.size()),
                          static_cast<int>(offset)));
}

void Blob::write(std::span<const std::byte> bytes, std::size_t offset) {
  check(sqlite3_blob_write(blob_, bytes.data(), static_cast<int>(bytes.size()),
                           static_cast<int>(offset)));
}

}  // namespace edgepack::sqlite
