#pragma once
// One committed state of a database, read page by page, byte for byte, while others write.

#include <memory>
#include <optional>
#include <vector>

#include "replica/log_reader.h"

namespace edgepack::replica {

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

  /// What LogReader tells of the log; nothing in rollback mode.
  std::optional<LogChanges> changes_since(const WalMark& mark, std::uint32_t pages) {
    return is_wal() ? log().changes_since(mark, pages) : std::nullopt;
  }
  std::optional<LogCopy> copy_since(const WalMark& mark, std::uint32_t pages, std::size_t most) {
    return is_wal() ? log().copy_since(mark, pages, most) : std::nullopt;
  }

 private:
  /// `before`: what was published before the transaction begins.
  Snapshot(const Connection& connection, Writers writers,
           const std::optional<WalIndexHeader>& before);
  static std::optional<WalIndexHeader> published(const Connection& connection);
  void begin_wal(Writers writers, std::optional<WalIndexHeader> before);
  void find_size();
  LogReader log() const { return {connection_, *index_, header_, page_size_, page_count_}; }

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
