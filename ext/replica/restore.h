#pragma once
// A served database as it was, in a new file.

#include <string>

#include "replica/http_client.h"
#include "replica/position_file.h"
#include "sqlite/interrupt.h"

namespace edgepack::replica {

struct RestoreRequest {
  std::string source;     // of edgepack-serve
  std::string target;     // must not exist
  std::string timestamp;  // of the newest state that is not younger; or
  std::string bookmark;   // of the newest state that is not behind it
  int timeout_ms = 5000;
  Access access;
};

struct RestoreResult {
  Position position;
  std::int64_t timestamp_ms = 0;  // when it was committed, by the server's clock
  std::uint32_t page_count = 0;
  std::uint64_t checksum = 0;
  std::uint64_t bytes = 0;  // received
};

/// Writes the state into a file beside `target`, verifies its checksum, syncs it and gives it its
/// name, never over an existing file. The file is in WAL mode, as replicas are. On failure nothing
/// is left. Throws Error.
RestoreResult restore(const RestoreRequest& request, HttpClient& http,
                      sqlite::Interrupt& interrupt);

}  // namespace edgepack::replica
