#include "replica/sync.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "replica/apply.h"
#include "replica/bytes.h"
#include "replica/checksum.h"
#include "replica/step.h"
#include "replica/write_lock.h"

namespace edgepack::replica {
namespace {

constexpr char kOperation[] = "replica_sync";

/// A sync that leaves this many frames in the log checkpoints it.
constexpr std::uint32_t kCheckpointFrames = 1000;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// True for a database that holds nothing: no bytes, or one page with an empty schema.
bool is_empty(Snapshot& base) {
  if (base.page_count() == 0) return true;
  if (base.page_count() != 1) return false;
  constexpr std::size_t kTreeOffset = 100;
  constexpr std::byte kTableLeaf{0x0d};
  std::vector<std::byte> page(base.page_size());
  base.read(1, page);
  return page[kTreeOffset] == kTableLeaf && read_be16(&page[kTreeOffset + 3]) == 0;
}

/// How much is known of what the replica shows.
enum class Knowledge {
  kState,     // exactly one recorded state
  kNothing,   // a replica whose record is lost or not complete
  kForeign,   // no replica so far, but not empty
  kDiverged,  // was a replica, and somebody else wrote to it
};

bool shows(const State& state, Snapshot& base) {
  return state.known && state.mark.known() && state.mark == base.mark() &&
         state.page_count == base.page_count();
}

class Run {
 public:
  explicit Run(const SyncRequest& request)
      : request_(request),
        interrupt_(request.host),
        replica_(kOperation, request.path, Connection::Missing::kCreate, request.vfs) {
    sqlite3_busy_timeout(replica_.get(), request.timeout_ms);
  }

  SyncResult sync() {
    if (replica_.read_only()) replica_.fail("the file is read-only", "a replica must be writable");
    const std::string name = source_name();
    source_ = open_source(name, replica_.path(), request_.timeout_ms);
    result_.source = source_->name();
    result_.path = replica_.path();
    ready_for_log();
    {
      const WriteLock lock(replica_, request_.timeout_ms, interrupt_);
      reached(Step::kLock);
      position_.emplace(replica_.path(), request_.vfs);
      try {
        locked_sync();
      } catch (const sqlite::Error& error) {
        remember(error);
        throw;
      }
    }
    reached(Step::kUnlock);
    if (published_ && published_->frames >= kCheckpointFrames) checkpoint();
    return std::move(result_);
  }

 private:
  std::string source_name() {
    position_.emplace(replica_.path(), request_.vfs);
    if (request_.source) return *request_.source;
    if (position_->record()) return position_->record()->source;
    replica_.fail(position_->exists() ? "its position file is damaged" : "it has no source yet",
                  "name the source: replica_sync('file:PATH')");
  }

  /// A first sync makes the database what frames can be appended to: in WAL mode, with the source's
  /// page size, and known as a replica from before its first page on.
  void ready_for_log() {
    bool empty = false;
    bool is_wal = false;
    {
      Snapshot base(replica_);
      empty = is_empty(base);
      is_wal = base.is_wal();
    }
    if (!empty && is_wal) return;
    if (!empty && !request_.repair) {
      replica_.fail(position_->exists() ? "it was taken out of WAL mode since the last sync"
                                        : "it holds data of its own",
                    "sync into an empty file, or replace its data: "
                    "replica_sync(source, '{\"repair\":true}')");
    }
    const std::uint32_t page_size = source_->snapshot()->page_size;
    if (!position_->exists()) {
      Record record;
      record.kind = Record::Kind::kCommit;
      record.source = source_->name();
      position_->write(record, PositionFile::Durable::kYes);
      reached(Step::kCreatePosition);
    }
    if (empty) set_page_size(page_size);
    if (replica_.text("PRAGMA journal_mode = WAL") != "wal") {
      replica_.fail("cannot be put into WAL mode", "its file system must support shared memory");
    }
    reached(Step::kSetWalMode);
  }

  void set_page_size(std::uint32_t page_size) {
    const std::uint32_t present = Snapshot(replica_).page_size();
    if (present == page_size) return;
    const std::string set = "PRAGMA page_size = " + std::to_string(page_size);
    // Only a rebuild outside of WAL mode changes the page size of a database that has a page.
    replica_.execute(present == 0 ? set : "PRAGMA journal_mode = DELETE; " + set + "; VACUUM");
  }

  void locked_sync() {
    Snapshot base(replica_);
    State state;
    const Knowledge knowledge = find_state(base, state);
    if (knowledge == Knowledge::kDiverged && !request_.repair) {
      replica_.fail(
          "it has diverged: it is in no state that a sync left, so something else wrote to it",
          "bring it back: replica_sync(source, '{\"repair\":true}')");
    }
    const bool same_source = position_->record() && position_->record()->source == source_->name();
    if (same_source) result_.from = state.position;
    std::unique_ptr<ChangeSet> changes;
    if (knowledge == Knowledge::kState && same_source) {
      changes = source_->changes_after(state.position, state.page_count);
    }
    if (changes == nullptr) changes = source_->snapshot();
    const bool must_equal = knowledge == Knowledge::kForeign && !request_.repair;
    const std::uint32_t schema_offset = find_schema_offset(base, *changes);
    Applier applier(base, *changes, state.checksum, schema_offset, interrupt_,
                    must_equal ? Applier::Policy::kOnlyIfEqual : Applier::Policy::kReplace);
    applier.run();

    State after{.known = true,
                .position = changes->position,
                .page_count = changes->commit,
                .checksum = applier.checksum(),
                .mark = base.mark(),
                .schema_offset = schema_offset};
    result_.changed = !applier.writer().empty();
    result_.snapshot = changes->snapshot;
    result_.to = after.position;
    result_.transactions = changes->transactions;
    result_.pages = applier.pages_written();
    result_.bytes = applier.bytes_received();
    result_.page_count = after.page_count;
    result_.checksum = after.checksum;

    Record record = next_record(changes->page_size);
    if (result_.changed) {
      record.kind = Record::Kind::kCommit;
      record.before = state;
      if (state.known) record.before.mark = base.mark();
      after.mark = applier.writer().prepare(after.page_count);
      record.after = after;
      record.change_ms = record.contact_ms;
      position_->write(record, PositionFile::Durable::kYes);
      reached(Step::kWriteIntent);
      applier.writer().commit();
      published_ = applier.writer().header();
    } else {
      record.before = record.after = after;
      // The first record of an adopted database must last; the others can be found again.
      if (!position_->exists()) {
        record.kind = Record::Kind::kCommit;
        position_->write(record, PositionFile::Durable::kYes);
      } else {
        position_->write(record, PositionFile::Durable::kNo);
      }
      reached(Step::kWriteContact);
    }
  }

  Knowledge find_state(Snapshot& base, State& state) {
    const auto& record = position_->record();
    if (record) {
      for (const State* recorded : {&record->after, &record->before}) {
        if (!shows(*recorded, base)) continue;
        state = *recorded;
        return Knowledge::kState;
      }
      if (record->after.known || record->before.known) {
        const std::uint64_t checksum = checksum_of(base, interrupt_);
        for (const State* recorded : {&record->after, &record->before}) {
          if (!recorded->known || recorded->page_count != base.page_count() ||
              recorded->checksum != checksum) {
            continue;
          }
          state = *recorded;
          return Knowledge::kState;
        }
      }
    }
    if (is_empty(base) || position_->damaged()) return Knowledge::kNothing;
    if (record && record->after.known) return Knowledge::kDiverged;
    return Knowledge::kForeign;
  }

  /// Connections trust the schema that they remember while its version stays the same. Where a
  /// database takes the place of an unrelated one, both can have the same version, so another is
  /// shown.
  std::uint32_t find_schema_offset(Snapshot& base, ChangeSet& changes) const {
    const auto& record = position_->record();
    std::uint32_t offset = record ? record->after.schema_offset : 0;
    if (!changes.snapshot || is_empty(base)) return offset;
    if (changes.schema_version() + offset != base.schema_version()) return offset;
    if (changes.schema() == base.schema()) return offset;
    const std::uint32_t old = offset;
    while (offset == old) sqlite3_randomness(sizeof offset, &offset);
    return offset;
  }

  /// The newest record with this sync counted in.
  Record next_record(std::uint32_t page_size) {
    Record record = position_->record().value_or(Record{});
    record.kind = Record::Kind::kContact;
    record.page_size = page_size;
    record.source = source_->name();
    record.contact_ms = now_ms();
    ++record.counters.syncs;
    if (result_.snapshot) ++record.counters.snapshots;
    record.counters.transactions += result_.transactions.value_or(0);
    record.counters.pages += result_.pages;
    record.counters.bytes += result_.bytes;
    return record;
  }

  /// Keeps the error for replica_status(), if that can be done.
  void remember(const sqlite::Error& error) noexcept {
    try {
      if (!position_->record() || error.code() == SQLITE_INTERRUPT) return;
      Record record = *position_->record();
      record.kind = Record::Kind::kContact;
      record.error = error.what();
      record.error_ms = now_ms();
      position_->write(record, PositionFile::Durable::kNo);
    } catch (...) {
      // The error itself reaches the caller.
    }
  }

  /// Copies the log into the database file as far as readers permit, and restarts it if they permit
  /// all of it. A failure costs nothing but space: the next sync tries again.
  void checkpoint() {
    sqlite3_busy_timeout(replica_.get(), 0);
    const int code = sqlite3_wal_checkpoint_v2(replica_.get(), "main", SQLITE_CHECKPOINT_TRUNCATE,
                                               nullptr, nullptr);
    reached(Step::kCheckpoint);
    if (code != SQLITE_OK) return;
    try {
      const WriteLock lock(replica_, 0, interrupt_);
      const Snapshot base(replica_);
      position_.emplace(replica_.path(), request_.vfs);
      const auto& record = position_->record();
      // A restart raises the first salt by one; a commit of anybody raises the count of changes. So
      // this is the state just published, under a new mark.
      const bool ours = base.header().frames == 0 && base.header().change == published_->change &&
                        base.mark().salt[0] == published_->mark().salt[0] + 1;
      if (!ours || !record || record->after.mark != published_->mark()) return;
      Record next = *record;
      next.kind = Record::Kind::kContact;
      next.after.mark = base.mark();
      next.before = next.after;
      position_->write(next, PositionFile::Durable::kNo);
      reached(Step::kWriteContact);
    } catch (const sqlite::Error&) {
      // Without the new mark the next sync compares checksums.
    }
  }

  const SyncRequest& request_;
  sqlite::Interrupt interrupt_;
  Connection replica_;
  std::unique_ptr<Source> source_;
  std::optional<PositionFile> position_;
  std::optional<WalIndexHeader> published_;
  SyncResult result_;
};

}  // namespace

SyncResult sync(const SyncRequest& request) { return Run(request).sync(); }

Status status(const std::string& path, const char* vfs) {
  Status status;
  status.path = path;
  // A database that was never synced need not even exist.
  if (!PositionFile(path, vfs).exists()) return status;
  const Connection replica("replica_status", path, Connection::Missing::kFail, vfs);
  status.path = replica.path();
  const PositionFile position(replica.path(), vfs);
  if (!position.exists()) return status;
  status.record = position.record();
  status.standing = Status::Standing::kIncomplete;
  if (!status.record || !status.record->after.known) return status;
  Snapshot base(replica);
  status.standing = Status::Standing::kReplica;
  status.state = status.record->after;
  if (shows(status.record->after, base)) return status;
  if (shows(status.record->before, base)) {
    status.state = status.record->before;
    return status;
  }
  status.standing = Status::Standing::kUnverified;
  return status;
}

}  // namespace edgepack::replica
