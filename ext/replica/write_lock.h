#pragma once
// The lock that SQLite's writers take, held for a sync.

#include <chrono>
#include <optional>

#include "replica/snapshot.h"
#include "sqlite/interrupt.h"

namespace edgepack::replica {

/// Holds the WRITE lock of a database in WAL mode. Does not make its connection a writer, so that
/// SQLite itself writes nothing (docs/replica-format.md, "Locks").
class WriteLock {
 public:
  /// Waits up to `timeout_ms`. Throws Error: SQLITE_BUSY when the time is over, SQLITE_INTERRUPT.
  WriteLock(const Connection& connection, int timeout_ms, sqlite::Interrupt& interrupt);
  ~WriteLock();
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  std::optional<WalIndex> index_;
};

}  // namespace edgepack::replica
