#include "replica/checkpoint.h"

#include "replica/position_file.h"
#include "replica/step.h"
#include "replica/write_lock.h"

namespace edgepack::replica {

void checkpoint(const Connection& replica, const char* vfs, const WalIndexHeader& published,
                sqlite::Interrupt& interrupt) {
  sqlite3_busy_timeout(replica.get(), 0);
  const int code = sqlite3_wal_checkpoint_v2(replica.get(), "main", SQLITE_CHECKPOINT_TRUNCATE,
                                             nullptr, nullptr);
  reached(Step::kCheckpoint);
  if (code != SQLITE_OK) return;
  try {
    const WriteLock lock(replica, 0, interrupt);
    const Snapshot base(replica);
    PositionFile position(replica.path(), vfs);
    const auto& record = position.record();
    // A restart raises the first salt by one; a commit of anybody raises the count of changes. So
    // this is the state just published, under a new mark.
    const bool ours = base.header().frames == 0 && base.header().change == published.change &&
                      base.mark().salt[0] == published.mark().salt[0] + 1;
    if (!ours || !record || record->after.mark != published.mark()) return;
    Record next = *record;
    next.after.mark = base.mark();
    next.before = next.after;
    next.burst = BootId{};
    position.write(next, PositionFile::Durable::kYes);
    reached(Step::kWriteContact);
  } catch (const sqlite::Error& error) {
    // Without the new mark the next sync compares checksums.
    if (error.code() == SQLITE_INTERRUPT) throw;
  }
}

}  // namespace edgepack::replica
