#include "replica/connection.h"

namespace edgepack::replica {

Connection::Connection(std::string operation, const std::string& path, Missing missing,
                       const char* vfs)
    : operation_(std::move(operation)), asked_for_(path), path_(path) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOMUTEX |
                    (missing == Missing::kCreate ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &database_, flags, vfs);
  if (code != SQLITE_OK) {
    if (code == SQLITE_NOMEM || database_ == nullptr) {
      sqlite3_close(database_);
      throw std::bad_alloc();
    }
    const sqlite::Error error = sqlite::Error::from(
        database_, {.operation = operation_,
                    .object = path_,
                    .hint = missing == Missing::kCreate ? "its folder must exist and be writable"
                                                        : "it must be an existing, readable file"});
    sqlite3_close(database_);
    throw error;
  }
  const char* resolved = sqlite3_db_filename(database_, "main");
  if (resolved != nullptr && *resolved != '\0') path_ = resolved;
  sqlite3_extended_result_codes(database_, 1);
  // A last connection checkpoints and deletes the log when it closes. The next sync wants the
  // frames, and even the attempt takes a lock that connections just opening run into.
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Connection::~Connection() {
  for (auto* kept : {&begin_, &read_, &commit_}) *kept = sqlite::Statement();
  sqlite3_close(database_);
}

void Connection::step(sqlite::Statement& kept, const char* sql) const {
  try {
    if (!kept) kept = sqlite::Statement(database_, sql, SQLITE_PREPARE_PERSISTENT);
    kept.step();
  } catch (const sqlite::Error& error) {
    throw sqlite::Error({.operation = operation_, .object = path_, .problem = error.what()},
                        error.code());
  }
}

bool Connection::is_wal() const {
  // Outside of WAL mode a journal is open within a write transaction only. Asking with a PRAGMA
  // would prepare it each time.
  return journal()->pMethods != nullptr;
}

ReadTransaction::ReadTransaction(const Connection& connection) : connection_(connection) {
  begin();
}

ReadTransaction::~ReadTransaction() { end(); }

void ReadTransaction::begin() {
  const sqlite::Reset reset(connection_.read_);
  try {
    connection_.step(connection_.begin_, "BEGIN");
    // Reads without parsing the schema.
    connection_.step(connection_.read_, "PRAGMA schema_version");
    // But once, so that what is no database is not taken for one.
    if (!connection_.schema_was_read_) connection_.text("SELECT 1 FROM sqlite_schema LIMIT 1");
    connection_.schema_was_read_ = true;
  } catch (...) {
    end();
    throw;
  }
}

void ReadTransaction::end() noexcept {
  if (sqlite3_get_autocommit(connection_.get()) != 0) return;
  try {
    connection_.step(connection_.commit_, "COMMIT");
  } catch (...) {
    sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void ReadTransaction::restart() {
  end();
  begin();
}

std::string Connection::text(const std::string& sql) const {
  try {
    sqlite::Statement statement(database_, sql);
    if (!statement.step()) return {};
    std::string first(statement.column_text(0));
    // A statement that writes can still fail after its row, when it commits.
    while (statement.step()) {
    }
    return first;
  } catch (const sqlite::Error& error) {
    throw sqlite::Error({.operation = operation_, .object = path_, .problem = error.what()},
                        error.code());
  }
}

void Connection::fail(const std::string& problem, const std::string& hint, int code) const {
  throw sqlite::Error({.operation = operation_, .object = path_, .problem = problem, .hint = hint},
                      code);
}

sqlite3_file* Connection::database_file() const {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(database_, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr) {
    fail("its VFS gives no file handle");
  }
  return file;
}

sqlite3_file* Connection::journal() const {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(database_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK ||
      file == nullptr) {
    fail("its VFS gives no handle of the write-ahead log");
  }
  return file;
}

sqlite3_file* Connection::log_file() const {
  if (!is_wal()) fail("is not in WAL mode");
  return journal();
}

bool read_file(const Connection& connection, sqlite3_file* file, std::span<std::byte> bytes,
               std::int64_t offset) {
  const int code =
      file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), offset);
  if (code == SQLITE_OK) return true;
  // SQLite's VFS interface: the missing rest has been filled with zeros.
  if (code == SQLITE_IOERR_SHORT_READ) return false;
  connection.fail("cannot read at offset " + std::to_string(offset), {}, code);
}

}  // namespace edgepack::replica
