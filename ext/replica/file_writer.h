#pragma once
// Writes the pages of a first sync straight into the database file, where nobody sees them.

#include <memory>
#include <vector>

#include "replica/snapshot.h"

namespace edgepack::replica {

/// Pages behind the end of the database that its page 1 tells of (docs/replica-format.md, "The
/// first sync"). Holds the lock of SQLite's checkpoints. Needs the WRITE lock as WalWriter does.
/// One thread.
class FileWriter {
 public:
  /// Nothing where `base` is not a single page with an empty log, or a checkpoint is running.
  /// `base` must outlive the object.
  static std::unique_ptr<FileWriter> open(Snapshot& base);
  /// Cuts the file back unless finish() was reached, or what arrived is to be kept.
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// From now on pages that were written stay in the file when the sync breaks off, for the next
  /// one.
  void keep_what_arrives() noexcept { keep_ = true; }

  /// Pages come in order, from 2 on, once the log was begun anew: frames of an older log must not
  /// come back to life with these pages behind them. Throws Error.
  void append(std::uint32_t page, std::span<const std::byte> bytes);
  /// Makes all pages durable. Throws Error.
  void finish();

 private:
  explicit FileWriter(Snapshot& base);
  void flush();

  Snapshot& base_;
  sqlite3_file* file_;
  std::vector<std::byte> buffer_;   // not yet written
  std::int64_t buffer_offset_ = 0;  // where it belongs
  bool finished_ = false;
  bool keep_ = false;
};

}  // namespace edgepack::replica
