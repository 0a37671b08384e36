#pragma once
// One sync: brings a replica to the newest state of its source.

#include <optional>
#include <string>

#include "replica/position_file.h"
#include "replica/source.h"
#include "sqlite/api.h"

namespace edgepack::replica {

/// What to sync, and how.
struct SyncRequest {
  sqlite3* host = nullptr;            // whose interruption ends the sync; used for nothing else
  std::string path;                   // the replica's file; created when missing
  const char* vfs = nullptr;          // null: the default
  std::optional<std::string> source;  // absent: the remembered one
  int timeout_ms = 5000;              // how long to wait for locks
  bool repair = false;  // replace what differs in a database that is no replica of the source
};

/// What a sync did.
struct SyncResult {
  bool changed = false;   // false: nothing differed
  bool snapshot = false;  // all pages of the source were read
  Position from;
  Position to;
  std::optional<std::uint64_t> transactions;
  std::uint64_t pages = 0;  // written
  std::uint64_t bytes = 0;  // received
  std::uint32_t page_count = 0;
  std::uint64_t checksum = 0;
  std::string source;
  std::string path;
};

/// Runs one sync (docs/replica-format.md has its steps). On any failure throws Error, or
/// std::bad_alloc; the replica then shows the state that it showed before, or, when the failure
/// came after the commit, the new one. Safe while other threads and processes read and sync the
/// same files.
SyncResult sync(const SyncRequest& request);

/// What the position file and the files' own marks tell, without comparing pages.
struct Status {
  enum class Standing {
    kNone,        // no position file
    kReplica,     // shows a state that a sync left
    kUnverified,  // its log is gone or was restarted: the next sync compares checksums
    kIncomplete,  // the first sync has not come to an end, or the position file is damaged
  };
  Standing standing = Standing::kNone;
  std::string path;
  std::optional<Record> record;
  State state;  // the one that the replica shows
};

/// Reads the status of the database file `path` with `vfs`. Changes nothing. Throws Error.
Status status(const std::string& path, const char* vfs);

}  // namespace edgepack::replica
