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

/// Writes the pages of one change set that differ from the replica's: into the log, or, of a first
/// sync, into the database file. Nothing is visible before writer().commit().
class Applier {
 public:
  enum class Policy { kReplace, kOnlyIfEqual };

  /// `base`: the replica under its lock; `checksum`: of `base`, needed unless `changes` is a
  /// snapshot; `schema_offset`: added to the schema version in page 1. References must outlive
  /// this.
  Applier(Snapshot& base, ChangeSet& changes, std::uint64_t checksum, std::uint32_t schema_offset,
          sqlite::Interrupt& interrupt, Policy policy);

  /// Throws Error when the change set does not fit, the source fails, the host was interrupted, or
  /// (kOnlyIfEqual) a page differs.
  void run();

  WalWriter& writer() noexcept { return writer_; }
  /// Of the new state, after run().
  std::uint64_t checksum() const noexcept { return checksum_.value(); }
  std::uint64_t pages_written() const noexcept { return pages_; }
  std::uint64_t bytes_received() const noexcept { return bytes_; }

 private:
  void take(std::uint32_t page);
  void remove_beyond();
  bool in_base(std::uint32_t page) const noexcept { return page <= base_.page_count(); }

  Snapshot& base_;
  ChangeSet& changes_;
  std::uint32_t schema_offset_;
  sqlite::Interrupt& interrupt_;
  Policy policy_;
  WalWriter writer_;
  std::unique_ptr<FileWriter> file_writer_;
  DatabaseChecksum checksum_;
  std::uint64_t pages_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::byte> new_page_;
  std::vector<std::byte> old_page_;
};

}  // namespace edgepack::replica
