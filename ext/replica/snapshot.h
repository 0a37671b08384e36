#pragma once
// One committed state of a database, read page by page, byte for byte, while others write.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "replica/wal_index.h"

namespace edgepack::replica {

/// What happened between two states of a log.
struct LogChanges {
  std::vector<std::uint32_t> pages;  // ascending, each once, none beyond the newer state's size
  std::uint64_t transactions = 0;
};

/// The same with what the pages are in the newer state, of use after the snapshot has ended.
class LogCopy : public LogChanges {
 public:
  /// The page `pages[i]`.
  std::span<const std::byte> bytes(std::size_t i) const noexcept {
    return {frames_.get() + frame_of_[i] * frame_size_ + kFrameHeaderSize,
            frame_size_ - kFrameHeaderSize};
  }

 private:
  friend class Snapshot;
  std::size_t frame_size_ = 0;
  std::unique_ptr<std::byte[]> frames_;
  std::vector<std::size_t> frame_of_;  // of each page, in frames_
};

/// A read transaction of `connection` and what it shows. The connection must be used for nothing
/// else in the meantime and outlive it. One thread.
class Snapshot {
 public:
  enum class Writers { kMayCommit, kLockedOut };

  /// Begins the transaction. `writers`: whether the caller holds the WRITE lock. Throws Error
  /// naming the file when it is no database, is locked, or lies where SQLite cannot share a
  /// wal-index.
  explicit Snapshot(const Connection& connection, Writers writers = Writers::kMayCommit);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  const Connection& connection() const noexcept { return connection_; }
  bool is_wal() const noexcept { return index_ != nullptr; }
  /// 0 for a file of no bytes, as is page_count().
  std::uint32_t page_size() const noexcept { return page_size_; }
  std::uint32_t page_count() const noexcept { return page_count_; }
  /// WAL mode only.
  const WalIndexHeader& header() const noexcept { return header_; }
  WalIndex& index() noexcept { return *index_; }
  /// Unknown in rollback mode, and for a log that was never written.
  WalMark mark() const noexcept { return is_wal() ? header_.mark() : WalMark{}; }

  /// Fills `bytes` (of page_size()) with page `page` of 1..page_count(), which must not be the lock
  /// page.
  void read(std::uint32_t page, std::span<std::byte> bytes);

  /// PRAGMA schema_version, and a text of all that connections remember of the schema; empty if it
  /// cannot be read.
  std::uint32_t schema_version() const;
  std::string schema() const;

  /// What changed since `mark`, a state of `pages` pages. Nothing if the log no longer tells.
  std::optional<LogChanges> changes_since(const WalMark& mark, std::uint32_t pages);
  /// The same with the pages, read in few calls. Nothing also if that takes more than `most` bytes,
  /// or if the database grew by pages that are not in the log.
  std::optional<LogCopy> copy_since(const WalMark& mark, std::uint32_t pages, std::size_t most);

 private:
  /// `before`: what was published before the transaction begins.
  Snapshot(const Connection& connection, Writers writers,
           const std::optional<WalIndexHeader>& before);
  static std::optional<WalIndexHeader> published(const Connection& connection);
  void begin_wal(Writers writers, std::optional<WalIndexHeader> before);
  void find_size();
  /// Answers false when the log no longer has this frame of our snapshot.
  bool read_frame_header(std::uint32_t frame, std::span<std::byte> header);
  /// Whether the log is still the one of `mark`, and goes on behind it.
  bool goes_on_from(const WalMark& mark);
  /// Whether the log is still the one of the snapshot, so that what was read of it is right.
  bool is_same_log() const;
  /// Makes `pages` of frames what LogChanges promises, for a state that was `smallest` pages large
  /// at least once.
  bool tidy(std::vector<std::uint32_t>& pages, std::uint32_t smallest) const;

  const Connection& connection_;
  ReadTransaction transaction_;
  sqlite3_file* file_ = nullptr;
  sqlite3_file* log_ = nullptr;
  std::unique_ptr<WalIndex> index_;
  WalIndexHeader header_{};
  std::uint32_t first_frame_ = 1;  // older frames are read from the database file
  std::uint32_t page_size_ = 0;
  std::uint32_t page_count_ = 0;
  std::vector<std::byte> frame_;
};

}  // namespace edgepack::replica
