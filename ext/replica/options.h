#pragma once
// The arguments of the SQL functions: options as JSON, and which database file they mean.

#include <optional>
#include <span>
#include <string>

#include "replica/position_file.h"
#include "sqlite/function.h"

namespace edgepack::replica {

/// The options of all functions; each has some of them.
struct Options {
  std::string schema = "main";  // of the calling connection
  std::string path;             // a database file instead
  int wait_ms = 0;
  int timeout_ms = 5000;
  std::uint64_t max_bytes = 0;
  bool repair = false;
  bool verify = false;
  std::optional<Access> access;  // token_file, ca_file
  std::string timestamp;
  std::string bookmark;
};

/// Reads a JSON object whose keys are among `known`; NULL for an empty one. Throws Error naming
/// `operation` and the key that is unknown or has a wrong value.
Options parse_options(sqlite3* database, const char* operation, sqlite::Value json,
                      std::span<const char* const> known);

/// The text of argument `name`. Throws Error naming `operation` if it is none; `example` shows one.
std::string text_argument(const char* operation, const char* name, sqlite::Value value,
                          const char* example);

/// A database file and the VFS that the host uses for it (null: the default).
struct Target {
  std::string path;
  const char* vfs = nullptr;
};

/// The VFS of the attached database `schema`, or null.
const char* vfs_of(sqlite3* database, const char* schema) noexcept;

/// The file that `options` mean. Throws Error when it has none (in memory, temporary, unknown
/// schema).
Target find_target(sqlite3* database, const char* operation, const Options& options);

/// Throws Error when this connection is writing to the database that `options` mean.
void refuse_own_transaction(sqlite3* database, const char* operation, const Options& options);

}  // namespace edgepack::replica
