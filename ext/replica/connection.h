#pragma once
// A private connection to a database file, and the file handles that SQLite opened for it.

#include <string>

#include "sqlite/statement.h"

namespace edgepack::replica {

/// A connection that nobody else uses. Its files are opened and closed by SQLite alone, so the
/// locks that other connections of this process hold stay. Move-only, one thread.
class Connection {
 public:
  enum class Missing { kFail, kCreate };

  /// Opens `path` (a path, never a URI) with the VFS named `vfs` (null: the default). Writable
  /// where the file permits it. `operation` begins the messages of its errors.
  Connection(std::string operation, const std::string& path, Missing missing, const char* vfs);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  sqlite3* get() const noexcept { return database_; }
  /// The absolute path, as SQLite resolved it.
  const std::string& path() const noexcept { return path_; }
  /// The path that it was opened with.
  const std::string& asked_for() const noexcept { return asked_for_; }
  const std::string& operation() const noexcept { return operation_; }
  bool read_only() const noexcept { return sqlite3_db_readonly(database_, "main") != 0; }

  void execute(const std::string& sql) const {
    sqlite::execute(database_, sql, {.operation = operation_, .object = path_});
  }
  /// The first column of the first row of `sql`, as text; empty without rows.
  std::string text(const std::string& sql) const;
  /// Throws Error with this connection's operation and path.
  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {},
                         int code = SQLITE_ERROR) const;

  /// True in WAL mode, as the last transaction found the database: others cannot take it out of
  /// that mode while this connection is open.
  bool is_wal() const;

  /// SQLite's own handle of the database file; valid while the connection is.
  sqlite3_file* database_file() const;
  /// SQLite's own handle of the log; valid while the database is in WAL mode and was read once.
  sqlite3_file* log_file() const;

 private:
  friend class ReadTransaction;
  /// Runs `sql`, which is kept prepared in `kept`, up to its first row.
  void step(sqlite::Statement& kept, const char* sql) const;
  /// SQLite's handle of what it writes beside the database; without methods while it has none.
  sqlite3_file* journal() const;

  std::string operation_;
  std::string asked_for_;
  std::string path_;
  sqlite3* database_ = nullptr;
  // What each sync needs several times.
  mutable sqlite::Statement begin_;
  mutable sqlite::Statement read_;
  mutable sqlite::Statement commit_;
  mutable bool schema_was_read_ = false;
};

/// A read transaction of a connection on its database's newest state. The connection must outlive
/// it and be in no other transaction.
class ReadTransaction {
 public:
  /// Throws Error naming the file when it cannot be read.
  explicit ReadTransaction(const Connection& connection);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  /// Goes on to the newest state. Throws as the constructor; then there is no transaction.
  void restart();

 private:
  void begin();
  void end() noexcept;

  const Connection& connection_;
};

/// Reads exactly `bytes.size()` bytes of `file` from `offset` on; what lies behind the end of the
/// file is zero. Answers false if anything did. Throws Error naming the connection's file.
bool read_file(const Connection& connection, sqlite3_file* file, std::span<std::byte> bytes,
               std::int64_t offset);

}  // namespace edgepack::replica
