#include "replica/reset.h"

#include <optional>

#include "replica/position_file.h"
#include "replica/write_lock.h"

namespace edgepack::replica {

bool reset(const std::string& path, const char* vfs, sqlite::Interrupt& interrupt) {
  constexpr int kTimeoutMs = 5000;
  if (!PositionFile(path, vfs).exists()) return false;
  const Connection replica("replica_reset", path, Connection::Missing::kFail, vfs);
  // A sync that runs must not find its own record gone. Without a log there is no lock, and no
  // sync has got far.
  std::optional<WriteLock> lock;
  if (Snapshot(replica).is_wal()) lock.emplace(replica, kTimeoutMs, interrupt);
  PositionFile(replica.path(), vfs).remove();
  return true;
}

}  // namespace edgepack::replica
