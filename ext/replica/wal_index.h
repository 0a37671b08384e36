#pragma once
// The wal-index that SQLite keeps in shared memory: which page lies in which frame of the log.

#include <cstdint>
#include <optional>
#include <vector>

#include "replica/connection.h"
#include "replica/wal_format.h"

namespace edgepack::replica {

/// One copy of the header of the wal-index, as it lies in memory (native byte order, but for the
/// salts, which are the log's bytes).
struct WalIndexHeader {
  std::uint32_t version;
  std::uint32_t unused;
  std::uint32_t change;
  std::uint8_t is_initialized;
  std::uint8_t big_endian_checksum;
  std::uint16_t page_size;  // 1 means 65536
  std::uint32_t frames;     // committed
  std::uint32_t pages;      // of the database
  WalChecksum frame_checksum;
  std::array<std::byte, 8> salt;
  WalChecksum checksum;

  std::uint32_t bytes_per_page() const noexcept {
    return (page_size & 0xfe00u) | (page_size & 1u) << 16;
  }
  void set_bytes_per_page(std::uint32_t size) noexcept {
    page_size = static_cast<std::uint16_t>((size & 0xff00u) | size >> 16);
  }
  WalMark mark() const noexcept;
};
static_assert(sizeof(WalIndexHeader) == 48);

/// A view on the shared memory of `connection`, which must have read its database in WAL mode and
/// stay open. Readers of other connections and processes work in the same memory at the same time,
/// so everything is read and written with atomic loads and stores. One thread.
class WalIndex {
 public:
  explicit WalIndex(const Connection& connection);

  /// The published header, or nothing while it is being written or needs recovery.
  std::optional<WalIndexHeader> header() const;
  /// Frames that checkpoints have copied to the database file.
  std::uint32_t backfilled() const;
  /// The newest frame of `page` among first..last, or 0. Both lie within the committed frames.
  std::uint32_t find(std::uint32_t page, std::uint32_t first, std::uint32_t last);

  /// The rest needs the WRITE lock, which is tried once: false if another connection holds it.
  bool try_lock() { return try_lock_slot(kShmWriteLock); }
  void unlock() noexcept { unlock_slot(kShmWriteLock); }

  /// The same for the lock of SQLite's checkpoints, once the WRITE lock is held.
  bool try_lock_checkpoints() { return try_lock_slot(kShmCheckpointLock); }
  void unlock_checkpoints() noexcept { unlock_slot(kShmCheckpointLock); }

  /// Drops what a dead or abandoned writer left behind frame `last`.
  void forget_after(std::uint32_t last);
  /// Enters `page` for `frame`; invisible until published. Frames come in order. Remnants of a dead
  /// writer are dropped.
  void insert(std::uint32_t frame, std::uint32_t page);
  /// Makes `header` (its own checksum is computed here) what the next transaction of every reader
  /// sees.
  void publish(WalIndexHeader header);

 private:
  enum class Grow : int { kNo = 0, kYes = 1 };
  std::byte* block(std::uint32_t index, Grow grow);
  bool try_lock_slot(int slot);
  void unlock_slot(int slot) noexcept;

  const Connection& connection_;
  sqlite3_file* file_;
  std::vector<std::byte*> blocks_;
};

}  // namespace edgepack::replica
