#include "replica/write_lock.h"

#include <algorithm>

namespace edgepack::replica {

WriteLock::WriteLock(const Connection& connection, int timeout_ms, sqlite::Interrupt& interrupt) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (int pause_ms = 1;; pause_ms = std::min(2 * pause_ms, 20)) {
    if (connection.is_wal() && !index_) index_.emplace(connection);
    if (!index_ || !index_->header()) {
      // Opens the log, and recovers its index if a writer died.
      const ReadTransaction read(connection);
      if (!connection.is_wal()) connection.fail("is not in WAL mode");
      if (!index_) index_.emplace(connection);
    }
    if (index_->try_lock()) {
      // A writer that died after the recovery above leaves no header to build on.
      if (index_->header()) return;
      index_->unlock();
    }
    interrupt.check();
    if (std::chrono::steady_clock::now() >= deadline) {
      connection.fail("another connection writes to the replica or syncs it",
                      "try again, or raise timeout_ms", SQLITE_BUSY);
    }
    sqlite3_sleep(pause_ms);
  }
}

WriteLock::~WriteLock() { index_->unlock(); }

}  // namespace edgepack::replica
