#pragma once
// Prepared statements, incremental blobs and text made with SQLite's own formatting.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sqlite/error.h"
#include "sqlite/value.h"

namespace edgepack::sqlite {

/// sqlite3_mprintf into a std::string: %Q quotes a value, "%w" the inside of an identifier.
std::string format(const char* pattern, ...);

/// Runs every statement of `sql`. Throws Error with `operation` and `object` of `parts`.
void execute(sqlite3* database, const std::string& sql, const ErrorParts& parts);

/// A prepared statement. Move-only; finalized with the object. Used by one thread at a time.
/// Bound text and blobs are not copied: they must live until the next reset(), bind or destruction.
class Statement {
 public:
  Statement() noexcept = default;
  /// Throws Error with SQLite's message. `flags`: SQLITE_PREPARE_PERSISTENT for one that is kept.
  Statement(sqlite3* database, std::string_view sql, unsigned flags = 0);
  /// Takes over `statement`, which may be null.
  static Statement adopt(sqlite3_stmt* statement) noexcept {
    Statement adopted;
    adopted.statement_ = statement;
    return adopted;
  }
  Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  explicit operator bool() const noexcept { return statement_ != nullptr; }

  /// Parameters count from 1. Each returns *this so that binds can be chained.
  Statement& bind(int parameter, sqlite3_int64 value);
  Statement& bind(int parameter, int value) { return bind(parameter, sqlite3_int64{value}); }
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  /// As bind(), for text with a NUL byte behind it: functions that want one there need no copy.
  Statement& bind_terminated(int parameter, std::string_view text);
  Statement& bind(int parameter, const char* text) {
    return bind(parameter, std::string_view(text));
  }
  Statement& bind(int parameter, std::span<const std::byte> bytes);
  Statement& bind(int parameter, Value value);
  Statement& bind(int parameter, std::nullptr_t);
  /// A bool would silently pick the int overload, an unsigned 64-bit would lose its top bit.
  Statement& bind(int parameter, bool value) = delete;

  /// True: a row is there. False: done, and the statement is reset. Throws Error (after a reset, so
  /// that the statement can be used again).
  bool step();
  /// step() for statements that return no row; rows are skipped.
  void run();
  void reset() noexcept { sqlite3_reset(statement_); }

  /// Columns count from 0. Views live until the next step() or reset().
  int column_type(int column) const noexcept { return sqlite3_column_type(statement_, column); }
  sqlite3_int64 column_integer(int column) const noexcept {
    return sqlite3_column_int64(statement_, column);
  }
  double column_real(int column) const noexcept {
    return sqlite3_column_double(statement_, column);
  }
  std::string_view column_text(int column) const;
  std::span<const std::byte> column_blob(int column) const;
  Value column_value(int column) const noexcept {
    return Value(sqlite3_column_value(statement_, column));
  }

  sqlite3_stmt* get() const noexcept { return statement_; }

 private:
  void check(int code) const;

  sqlite3_stmt* statement_ = nullptr;
};

/// Resets a statement when the scope is left, however that happens: a statement that stands on a
/// row holds the read transaction open.
class Reset {
 public:
  explicit Reset(Statement& statement) noexcept : statement_(statement) {}
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;
  ~Reset() { statement_.reset(); }

 private:
  Statement& statement_;
};

/// An open incremental blob handle. Move-only. Used by one thread at a time. A write by another
/// statement to the same row expires it: read() and write() then throw Error with SQLITE_ABORT.
class Blob {
 public:
  enum class Mode { kRead = 0, kWrite = 1 };

  Blob() noexcept = default;
  Blob(sqlite3* database, const char* schema, const char* table, const char* column,
       sqlite3_int64 rowid, Mode mode);
  Blob(Blob&& other) noexcept
      : database_(other.database_), blob_(std::exchange(other.blob_, nullptr)) {}
  Blob& operator=(Blob&& other) noexcept;
  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;
  ~Blob() { sqlite3_blob_close(blob_); }

  /// Moves the handle to another row of the same column; cheaper than opening. Throws Error.
  void reopen(sqlite3_int64 rowid);
  std::size_t size() const noexcept { return static_cast<std::size_t>(sqlite3_blob_bytes(blob_)); }
  /// Reads exactly `bytes.size()` bytes from `offset` on; throws Error past the end.
  void read(std::span<std::byte> bytes, std::size_t offset) const;
  /// Writes within the blob; its size never changes.
  void write(std::span<const std::byte> bytes, std::size_t offset);

 private:
  void check(int code) const;

  sqlite3* database_ = nullptr;
  sqlite3_blob* blob_ = nullptr;
};

}  // namespace edgepack::sqlite
