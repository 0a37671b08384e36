#pragma once
// SQLite's write-ahead log and wal-index: constants and checksum. The format is SQLite's
// (https://www.sqlite.org/walformat.html); docs/replica-format.md says how edgepack uses it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace edgepack::replica {

/// The log: a header, then frames of a frame header and one page.
inline constexpr std::uint32_t kWalMagic = 0x377f0682;  // bit 0: checksums over big-endian words
inline constexpr std::uint32_t kWalVersion = 3007000;
inline constexpr std::size_t kWalHeaderSize = 32;
inline constexpr std::size_t kFrameHeaderSize = 24;

/// The wal-index: blocks of 32 KiB, each with page numbers and a hash table of them.
inline constexpr int kIndexBlockSize = 32768;
inline constexpr std::uint32_t kIndexHashSlots = 8192;
inline constexpr std::uint32_t kIndexHashOffset = 16384;
inline constexpr std::uint32_t kIndexFramesPerBlock = 4096;
inline constexpr std::uint32_t kIndexHeaderSize = 136;  // two headers of 48 bytes, checkpoint info
inline constexpr std::uint32_t kIndexFramesFirstBlock = kIndexFramesPerBlock - kIndexHeaderSize / 4;
inline constexpr std::uint32_t kIndexBackfillOffset = 96;
/// The slot of xShmLock that writers hold.
inline constexpr int kShmWriteLock = 0;
/// The one that checkpoints hold.
inline constexpr int kShmCheckpointLock = 1;

/// No page of a database lies here: SQLite locks these bytes of the file.
inline constexpr std::uint64_t kLockByte = 0x40000000;
inline constexpr std::uint32_t lock_page(std::uint32_t page_size) {
  return static_cast<std::uint32_t>(kLockByte / page_size) + 1;
}

/// Offset of frame `frame` (from 1) in the log.
inline constexpr std::int64_t frame_offset(std::uint32_t frame, std::uint32_t page_size) {
  return static_cast<std::int64_t>(kWalHeaderSize) +
         std::int64_t{frame - 1} * (std::int64_t{page_size} + std::int64_t{kFrameHeaderSize});
}

inline constexpr bool is_page_size(std::uint32_t size) {
  return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

using WalChecksum = std::array<std::uint32_t, 2>;

/// The running checksum of the log over `bytes` (a multiple of 8), continuing `sum`; words are read
/// big-endian or little-endian as the log's magic says.
WalChecksum wal_checksum(std::span<const std::byte> bytes, WalChecksum sum,
                         bool big_endian) noexcept;

/// A committed state of a log: its salts, its last frame and that frame's checksum. Names the state
/// so strongly that two logs with the same mark hold the same frames up to it.
struct WalMark {
  std::array<std::uint32_t, 2> salt{};
  std::uint32_t frame = 0;
  WalChecksum checksum{};

  /// A log that has never been written has no salts, and no mark.
  bool known() const noexcept { return salt[0] != 0 || salt[1] != 0; }
  bool operator==(const WalMark&) const = default;
};

}  // namespace edgepack::replica
