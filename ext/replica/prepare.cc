#include "replica/prepare.h"

#include "replica/standing.h"
#include "replica/step.h"

namespace edgepack::replica {
namespace {

void set_page_size(const Connection& replica, std::uint32_t page_size) {
  const std::uint32_t present = Snapshot(replica).page_size();
  if (present == page_size) return;
  const std::string set = "PRAGMA page_size = " + std::to_string(page_size);
  // Only a rebuild outside of WAL mode changes the page size of a database that has a page.
  replica.execute(present == 0 ? set : "PRAGMA journal_mode = DELETE; " + set + "; VACUUM");
}

void enter_wal_mode(const Connection& replica) {
  std::string mode;
  try {
    mode = replica.text("PRAGMA journal_mode = WAL");
  } catch (const sqlite::Error& error) {
    if ((error.code() & 0xff) != SQLITE_BUSY) throw;
    replica.fail(
        "cannot be put into WAL mode while somebody reads it",
        "sync it the first time outside of a transaction, with SELECT replica_sync(...) as "
        "a statement of its own",
        SQLITE_BUSY);
  }
  if (mode != "wal") {
    replica.fail("cannot be put into WAL mode", "its file system must support shared memory");
  }
  reached(Step::kSetWalMode);
}

/// True between the steps of rebuild().
bool is_being_rebuilt(const PositionFile& position, std::uint32_t present_page_size) {
  const auto& record = position.record();
  if (!record || record->page_size == 0) return false;
  return record->page_size != present_page_size || !record->after.known;
}

/// Once outside of WAL mode.
void finish_rebuild(const Connection& replica, PositionFile& position, std::uint32_t page_size) {
  Record record = *position.record();
  record.before = record.after = State{};
  record.page_size = page_size;
  record.burst = BootId{};
  position.write(record, PositionFile::Durable::kYes);
  reached(Step::kForgetState);
  set_page_size(replica, page_size);
  reached(Step::kRebuild);
  enter_wal_mode(replica);
}

}  // namespace

void prepare(const Connection& replica, PositionFile& position, const Record& first,
             const std::function<std::uint32_t()>& page_size, bool repair) {
  bool empty = false;
  bool is_wal = false;
  std::uint32_t present = 0;
  {
    Snapshot base(replica);
    empty = is_empty(base);
    is_wal = base.is_wal();
    present = base.page_size();
  }
  if (!empty && is_wal) return;
  if (!empty && is_being_rebuilt(position, present)) {
    return finish_rebuild(replica, position, position.record()->page_size);
  }
  if (!empty && !repair) {
    replica.fail(position.exists() ? "it was taken out of WAL mode since the last sync"
                                   : "it holds data of its own",
                 "sync into an empty file, or replace its data: "
                 "replica_sync(source, '{\"repair\":true}')");
  }
  const std::uint32_t wanted = empty ? page_size() : 0;
  if (!position.exists()) {
    position.write(first, PositionFile::Durable::kYes);
    reached(Step::kCreatePosition);
  }
  if (empty) set_page_size(replica, wanted);
  enter_wal_mode(replica);
}

void rebuild(const Connection& replica, PositionFile& position, std::uint32_t page_size) {
  Record record = position.record().value_or(Record{});
  const std::string sizes = "its page size is " + std::to_string(Snapshot(replica).page_size()) +
                            ", the source's " + std::to_string(page_size);
  record.page_size = page_size;
  position.write(record, PositionFile::Durable::kYes);
  std::string mode;
  try {
    mode = replica.text("PRAGMA journal_mode = DELETE");
  } catch (const sqlite::Error& error) {
    if ((error.code() & 0xff) != SQLITE_BUSY) throw;
  }
  if (mode != "delete") {
    replica.fail(sizes + ", and others have it open",
                 "close it everywhere, this connection too if it has read it, and sync again; a "
                 "connection to another database can name it with the option path",
                 SQLITE_BUSY);
  }
  finish_rebuild(replica, position, page_size);
}

}  // namespace edgepack::replica
