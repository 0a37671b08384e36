#include "replica/sync.h"

#include <utility>

#include "replica/apply.h"
#include "replica/checkpoint.h"
#include "replica/prepare.h"
#include "replica/source.h"
#include "replica/standing.h"
#include "replica/step.h"
#include "replica/verify.h"
#include "replica/write_lock.h"

namespace edgepack::replica {
namespace {

constexpr char kOperation[] = "replica_sync";

/// Changes that follow one another within this time are a burst.
constexpr std::int64_t kBurstMs = 1000;
/// In a burst one sync in this time is made durable.
constexpr std::int64_t kDurableEveryMs = 10000;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool is_same_history(const Position& a, const Position& b) {
  return a.kind == Position::Kind::kTransaction && b.kind == a.kind &&
         a.transaction.log == b.transaction.log;
}

/// False also when the clock was set back.
bool is_within(std::int64_t ms, std::int64_t earlier, std::int64_t now) {
  return now >= earlier && now - earlier < ms;
}

/// The replica's position file is not what the session remembered.
struct Outdated {};

class Run {
 public:
  Run(const SyncRequest& request, Session& session)
      : request_(request),
        interrupt_(request.host),
        replica_(session.replica(request.path, request.vfs)) {
    sqlite3_busy_timeout(replica_.get(), request.timeout_ms);
  }

  SyncResult sync(Session& session) {
    if (replica_.read_only()) replica_.fail("the file is read-only", "a replica must be writable");
    position_ = &session.position(request_.path, request_.vfs);
    find_source();
    source_ = open_source(name_, {.operation = kOperation,
                                  .replica_path = replica_.path(),
                                  .timeout_ms = request_.timeout_ms,
                                  .repair = request_.repair,
                                  .access = access_,
                                  .http = &session.http(),
                                  .interrupt = &interrupt_});
    name_ = source_->name();
    result_.source = name_;
    result_.path = replica_.path();
    await();
    // Nobody else can take it out of WAL mode while we have its log open.
    const bool is_prepared = is_same_source() && position_->record()->after.known;
    if (!is_prepared || !replica_.is_wal()) {
      prepare(
          replica_, *position_, first_record(), [this] { return source_->page_size(); },
          request_.repair);
    }
    run_locked();
    if (published_ && published_->frames >= kCheckpointFrames) {
      checkpoint(replica_, request_.vfs, *published_, interrupt_);
    }
    if (request_.verify) expect_intact();
    return std::move(result_);
  }

 private:
  /// The source is the one asked for, or the one remembered, which brings its access along.
  void find_source() {
    const auto& record = position_->record();
    if (request_.source) {
      name_ = *request_.source;
    } else if (record) {
      name_ = record->source;
    } else {
      replica_.fail(position_->exists() ? "its position file is damaged" : "it has no source yet",
                    "name the source: replica_sync('file:PATH')");
    }
    if (request_.access) {
      access_ = *request_.access;
    } else if (record && record->source == name_) {
      access_ = record->access;
    }
  }

  Record first_record() const {
    Record record;
    record.source = name_;
    record.access = access_;
    return record;
  }

  bool is_same_source() const {
    return position_->record() && position_->record()->source == name_;
  }

  void await() {
    if (!is_same_source() || !position_->record()->after.known) return;
    const Position& position = position_->record()->after.position;
    if (request_.wait_ms == 0) return source_->ask(position);
    source_->await(position, Clock::now() + std::chrono::milliseconds(request_.wait_ms));
  }

  /// Syncs under the replica's lock until it has the source's newest state, which takes more than
  /// one change set if it was far behind, or if the source's pages have got another size.
  void run_locked() {
    const auto give_up = Clock::now() + std::chrono::milliseconds(request_.timeout_ms);
    int pause_ms = 20;
    for (bool again = true; again;) {
      again = false;
      more_ = false;
      std::optional<std::uint32_t> other_page_size;
      try {
        const WriteLock lock(replica_, request_.timeout_ms, interrupt_);
        reached(Step::kLock);
        position_->refresh();
        if (!request_.source && !is_same_source()) throw Outdated();
        try {
          other_page_size = take_changes();
        } catch (const Unreachable& error) {
          if (Clock::now() + std::chrono::milliseconds(pause_ms) > give_up) remember(error);
          throw;
        } catch (const sqlite::Error& error) {
          remember(error);
          throw;
        }
      } catch (const Late&) {
        source_->await(position_->record()->after.position, Clock::now());
        again = true;
        continue;
      } catch (const Unreachable&) {
        // Broken off in the middle: nothing has changed, and there may be time for another try.
        if (Clock::now() + std::chrono::milliseconds(pause_ms) > give_up) throw;
        ++result_.retries;
        sqlite3_sleep(pause_ms);
        pause_ms *= 2;
        again = true;
        continue;
      }
      reached(Step::kUnlock);
      if (other_page_size) rebuild(replica_, *position_, *other_page_size);
      again = other_page_size.has_value() || more_;
    }
  }

  /// Answers the source's page size if it is not the replica's; nothing is done then.
  std::optional<std::uint32_t> take_changes() {
    Snapshot base(replica_, Snapshot::Writers::kLockedOut);
    const auto [knowledge, state] = find_standing(*position_, base, interrupt_);
    if (knowledge == Knowledge::kDiverged && !request_.repair) {
      replica_.fail(
          "it has diverged: it is in no state that a sync left, so something else wrote to it",
          "bring it back: replica_sync(source, '{\"repair\":true}')");
    }
    std::unique_ptr<ChangeSet> changes;
    if (is_same_source()) {
      if (!result_.changed) result_.from = state.position;
      if (knowledge == Knowledge::kState) {
        changes = source_->changes_after(state.position, state.page_count);
      }
    }
    if (changes == nullptr) changes = source_->whole(base);
    const bool is_foreign = knowledge == Knowledge::kForeign && !request_.repair;
    if (changes->page_size != base.page_size()) {
      if (is_foreign) replica_.fail("it holds data of its own", "sync into an empty file");
      if (knowledge == Knowledge::kState && is_same_history(state.position, changes->position)) {
        replica_.fail("the source announces pages of another size, which one history never has", {},
                      SQLITE_CORRUPT);
      }
      return changes->page_size;
    }
    const bool is_related = knowledge == Knowledge::kState && is_same_source();
    apply(base, state, *changes, is_related,
          is_foreign ? Applier::Policy::kOnlyIfEqual : Applier::Policy::kReplace);
    return std::nullopt;
  }

  void apply(Snapshot& base, const State& state, ChangeSet& changes, bool is_related,
             Applier::Policy policy) {
    const std::uint64_t base_checksum = changes.base_checksum.value_or(state.checksum);
    const bool by_transaction =
        !changes.base_checksum && state.position.kind == Position::Kind::kTransaction;
    const ApplyStart start{
        .checksum = base_checksum,
        .source_checksum = by_transaction ? state.position.transaction.checksum : base_checksum,
        .schema_offset = find_schema_offset(base, changes),
        .is_related = is_related || changes.snapshot || is_empty(base),
        .max_bytes = request_.max_bytes};
    Applier applier(base, changes, start, interrupt_, policy);
    applier.run();
    State after{.known = true,
                .position = changes.position,
                .page_count = changes.commit,
                .checksum = applier.checksum(),
                .schema_offset = applier.schema_offset(),
                .mark = base.mark()};
    const bool changed = !applier.writer().empty();
    const std::uint64_t bytes = changes.received.value_or(applier.bytes_received());
    const bool is_newest = changes.newest.value_or(after.position) == after.position;
    more_ = !is_newest && (changed || result_.to != after.position);
    result_.changed |= changed;
    result_.snapshot |= changes.snapshot;
    result_.to = after.position;
    if (changes.transactions) {
      result_.transactions = result_.transactions.value_or(0) + *changes.transactions;
    }
    result_.pages += applier.pages_written();
    result_.bytes += bytes;
    result_.page_count = after.page_count;
    result_.checksum = after.checksum;
    if (!result_.changed) result_.lag_ms = 0;

    Record record = next_record(changes);
    record.counters.pages += applier.pages_written();
    record.counters.bytes += bytes;
    if (!changed) {
      record.before = record.after = after;
      return write_contact(std::move(record), applier.writer());
    }
    record.before = state;
    // What a crash must not take for somebody else's, nor for a state of the source.
    if (!state.known && !is_empty(base)) {
      record.before = {.known = true,
                       .page_count = base.page_count(),
                       .checksum = checksum_of(base, interrupt_)};
    }
    if (record.before.known) record.before.mark = base.mark();
    after.mark = applier.writer().prepare(after.page_count);
    record.after = after;
    const std::int64_t previous_change_ms = record.change_ms;
    record.change_ms = record.contact_ms;
    if (changes.committed_ms) {
      record.lag_ms = std::max<std::int64_t>(0, now_ms() - *changes.committed_ms);
      result_.lag_ms = record.lag_ms;
    }
    const Durable durable =
        choose_durability(record, previous_change_ms, changes.snapshot || !state.known);
    position_->write(record, durable);
    reached(Step::kWriteIntent);
    applier.writer().commit(durable == Durable::kYes ? WalWriter::Durable::kYes
                                                     : WalWriter::Durable::kNo);
    published_ = applier.writer().header();
  }

  using Durable = PositionFile::Durable;

  /// Changes that come in a burst are made durable once in a while; all others at once. That the
  /// ones between may be lost is said in `record`: durably before the first of them, and until the
  /// log was synced behind the last.
  Durable choose_durability(Record& record, std::int64_t previous_change_ms, bool must) const {
    const bool was_burst = record.in_burst();
    const bool some_may_be_lost = was_burst && !position_->record()->durable;
    const bool goes_on = is_within(kBurstMs, previous_change_ms, record.contact_ms);
    record.burst = goes_on || some_may_be_lost ? boot_id() : BootId{};
    const bool is_due = !is_within(kDurableEveryMs, position_->durable_ms(), record.contact_ms);
    return was_burst && goes_on && !is_due && !must ? Durable::kNo : Durable::kYes;
  }

  /// Counters and times can be found again. But the first record of an adopted database must last,
  /// and a burst ends here.
  void write_contact(Record record, WalWriter& log) {
    Durable durable = position_->exists() ? Durable::kNo : Durable::kYes;
    if (record.in_burst() && !is_within(kBurstMs, record.change_ms, record.contact_ms)) {
      log.sync();
      record.burst = BootId{};
      durable = Durable::kYes;
    }
    position_->write(std::move(record), durable);
    reached(Step::kWriteContact);
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

  /// The newest record with this change set counted in, but for its pages and bytes.
  Record next_record(const ChangeSet& changes) {
    Record record = position_->record().value_or(Record{});
    record.page_size = changes.page_size;
    record.source = name_;
    record.access = access_;
    record.newest = changes.newest.value_or(changes.position);
    record.contact_ms = now_ms();
    ++record.counters.syncs;
    if (changes.snapshot) ++record.counters.snapshots;
    record.counters.transactions += changes.transactions.value_or(0);
    record.counters.retries += source_->retries() + result_.retries - counted_retries_;
    counted_retries_ = source_->retries() + result_.retries;
    return record;
  }

  /// Keeps the error for replica_status(), if that can be done.
  void remember(const sqlite::Error& error) noexcept {
    try {
      if (!position_->record() || error.code() == SQLITE_INTERRUPT) return;
      Record record = *position_->record();
      record.error = error.what();
      record.error_ms = now_ms();
      ++record.counters.errors;
      position_->write(record, PositionFile::Durable::kNo);
    } catch (...) {
      // The error itself reaches the caller.
    }
  }

  void expect_intact() {
    const Verification found = verify(replica_, request_.vfs, nullptr, interrupt_);
    if (found.checksum == found.recorded) return;
    replica_.fail("its pages do not have the checksum that the sync left",
                  "bring it back: replica_sync(source, '{\"repair\":true}')", SQLITE_CORRUPT);
  }

  const SyncRequest& request_;
  sqlite::Interrupt interrupt_;
  Connection& replica_;
  std::string name_;
  Access access_;
  std::unique_ptr<Source> source_;
  PositionFile* position_ = nullptr;
  std::optional<WalIndexHeader> published_;
  bool more_ = false;  // the source has more than the last change set
  std::uint64_t counted_retries_ = 0;
  SyncResult result_;
};

}  // namespace

SyncResult sync(const SyncRequest& request) {
  Session single;
  Session& session = request.session != nullptr ? *request.session : single;
  for (;;) {
    try {
      return Run(request, session).sync(session);
    } catch (const Outdated&) {
      session.close(request.path);
    } catch (...) {
      // Whatever went wrong, the next sync begins afresh.
      session.close(request.path);
      throw;
    }
  }
}

}  // namespace edgepack::replica
