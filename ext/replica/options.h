#pragma once
// The arguments of the SQL functions: options as JSON, and which database file they mean.

#include <string>

#include "sqlite/function.h"

namespace edgepack::replica {

/// Options of replica_sync and replica_status.
struct Options {
  std::string schema = "main";  // of the calling connection
  std::string path;             // a database file instead
  int timeout_ms = 5000;
  bool repair = false;
};

/// Reads a JSON object with the keys `schema`, `path`, and with `for_sync` also `timeout_ms` and
/// `repair`. Throws Error naming `operation` and the key that is unknown or has the wrong type.
Options parse_options(sqlite3* database, const char* operation, sqlite::Value json, bool for_sync);

/// A database file and the VFS that the host uses for it (null: the default).
struct Target {
  std::string path;
  const char* vfs = nullptr;
};

/// The file that `options` mean. Throws Error when it has none (in memory, temporary, unknown
/// schema), or when this connection is writing to it.
Target find_target(sqlite3* database, const char* operation, const Options& options);

}  // namespace edgepack::replica
