#pragma once
// Turns a change set into frames of the replica's log.

#include "replica/checksum.h"
#include "replica/file_writer.h"
#include "replica/source.h"
#include "replica/wal_writer.h"
#include "sqlite/interrupt.h"

namespace edgepack::replica {

/// The checksum of every page that `base` shows. Throws Error with SQLITE_INTERRUPT.
std::uint64_t checksum_of(Snapshot& base, sqlite::Interrupt& interrupt);

/// Turns the source's page 1 into the replica's (docs/replica-format.md, "What the replica's pages
/// are").
void make_replica_page_1(std::span<std::byte> page, std::uint32_t schema_offset) noexcept;

/// Where a change set begins.
struct ApplyStart {
  std::uint64_t checksum = 0;         // of the replica's pages; not needed by a snapshot
  std::uint64_t source_checksum = 0;  // of the source's pages in that state; likewise
  std::uint32_t schema_offset = 0;    // added to the schema version in page 1
  bool is_related = true;             // false: the pages may be those of an unrelated database
  std::uint64_t max_bytes = 0;        // of pages that may be taken; 0: any number
};

/// Writes the pages of one change set that differ from the replica's: into the log, or, of a first
/// sync, into the database file. Nothing is visible before writer().commit().
class Applier {
 public:
  enum class Policy { kReplace, kOnlyIfEqual };

  /// `base`: the replica under its lock. References must outlive this.
  Applier(Snapshot& base, ChangeSet& changes, const ApplyStart& start, sqlite::Interrupt& interrupt,
          Policy policy);

  /// Throws Error when the change set does not fit or does not lead to the checksum that its source
  /// announced, the source fails, the host was interrupted, or (kOnlyIfEqual) a page differs.
  void run();

  WalWriter& writer() noexcept { return writer_; }
  /// Of the new state, after run(), as the next two.
  std::uint32_t schema_offset() const noexcept { return start_.schema_offset; }
  std::uint64_t checksum() const noexcept { return checksum_.value(); }
  std::uint64_t pages_written() const noexcept { return pages_; }
  std::uint64_t bytes_received() const noexcept { return bytes_; }

 private:
  void take(std::uint32_t page);
  void remove_beyond();
  void verify() const;
  void change_schema_version();
  bool open_file_writer();
  std::uint32_t arrived() const noexcept;
  bool in_base(std::uint32_t page) const noexcept { return page <= base_.page_count(); }

  Snapshot& base_;
  ChangeSet& changes_;
  ApplyStart start_;
  sqlite::Interrupt& interrupt_;
  Policy policy_;
  WalWriter writer_;
  std::unique_ptr<FileWriter> file_writer_;
  bool tried_file_writer_ = false;
  DatabaseChecksum checksum_;
  std::uint64_t page_1_difference_;  // between the source's page 1 and ours, of their checksums
  std::uint64_t pages_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::byte> new_page_;
  std::vector<std::byte> old_page_;
};

}  // namespace edgepack::replica
