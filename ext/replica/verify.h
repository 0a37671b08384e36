#pragma once
// Proving a replica: all pages against the checksums that its record and its source have.

#include "replica/source.h"

namespace edgepack::replica {

struct Verification {
  std::uint64_t checksum = 0;            // of the replica's pages
  std::uint64_t recorded = 0;            // what it should be by the position file
  std::optional<std::uint64_t> primary;  // and by the primary; nothing if it can no longer tell
  Position position;
  std::uint32_t page_count = 0;
};

/// Reads all pages that `replica` (whose position file `vfs` reads) shows, and asks `source` (null:
/// does not) for the checksum at the same position. Takes no lock that a writer or a sync waits
/// for. Throws Error: when it is no replica, when syncs go on all the time, SQLITE_INTERRUPT.
Verification verify(const Connection& replica, const char* vfs, Source* source,
                    sqlite::Interrupt& interrupt);

/// Which replica to verify against its remembered source.
struct VerifyRequest {
  std::string operation;
  sqlite3* host = nullptr;
  HttpClient* http = nullptr;
  std::string path;
  const char* vfs = nullptr;
  int timeout_ms = 5000;
  std::optional<Access> access;  // absent: the remembered one
};
/// verify() with the remembered source; a source that cannot be reached is an error.
Verification verify_with_source(const VerifyRequest& request);

}  // namespace edgepack::replica
