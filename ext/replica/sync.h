#pragma once
// One sync: brings a replica to the newest state of its source.

#include <optional>
#include <string>

#include "replica/position_file.h"
#include "replica/session.h"
#include "sqlite/api.h"

namespace edgepack::replica {

/// What to sync, and how.
struct SyncRequest {
  sqlite3* host = nullptr;            // whose interruption ends the sync; used for nothing else
  Session* session = nullptr;         // keeps what is worth keeping; null: nothing is kept
  std::string path;                   // the replica's file; created when missing
  const char* vfs = nullptr;          // null: the default
  std::optional<std::string> source;  // absent: the remembered one
  std::optional<Access> access;       // absent: the remembered one, if the source is
  int wait_ms = 0;                    // how long to wait for something new
  int timeout_ms = 5000;              // how long to wait for locks and for an answer
  std::uint64_t max_bytes = 0;        // of pages that may be taken; 0: any number
  bool repair = false;  // replace what differs in a database that is no replica of the source
  bool verify = false;  // read all pages afterwards and compare their checksum
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
  std::uint64_t retries = 0;
  std::uint32_t page_count = 0;
  std::uint64_t checksum = 0;
  std::optional<std::int64_t> lag_ms;  // from the newest commit until it was visible here
  std::string source;
  std::string path;
};

/// Runs one sync (docs/replica-format.md has its steps). On any failure throws Error, or
/// std::bad_alloc; the replica then shows the state that it showed before, or, when the failure
/// came after the commit, the new one. Safe while other threads and processes read and sync the
/// same files.
SyncResult sync(const SyncRequest& request);

}  // namespace edgepack::replica
