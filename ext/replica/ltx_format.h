#pragma once
// LTX files: constants, header and trailer (docs/ltx-format.md).

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace edgepack::replica {

inline constexpr std::size_t kLtxHeaderSize = 100;
inline constexpr std::size_t kLtxTrailerSize = 16;
inline constexpr std::size_t kLtxIndexSizeSize = 8;
inline constexpr std::size_t kLtxPageHeaderSize = 6;
inline constexpr std::size_t kLtxPageHeaderSizeV1 = 4;  // v2 as well
inline constexpr std::size_t kLtxPayloadSizeSize = 4;

inline constexpr std::uint32_t kLtxFlagLz4 = 1;         // v1 only: all pages in one LZ4 frame
inline constexpr std::uint32_t kLtxFlagNoChecksum = 2;  // no checksums of the database
inline constexpr std::uint32_t kLtxPageFlagBlock = 1;   // the payload is an LZ4 block with its size

/// What a file says before its first page.
struct LtxHeader {
  std::uint32_t flags = 0;
  std::uint32_t page_size = 0;
  std::uint32_t commit = 0;  // pages of the database afterwards; 0: deleted
  std::uint64_t min_txid = 0;
  std::uint64_t max_txid = 0;
  std::int64_t timestamp = 0;      // ms since 1970
  std::uint64_t pre_checksum = 0;  // of the database before; 0 for snapshots and untracked files

  bool is_snapshot() const noexcept { return min_txid == 1; }
  bool is_tracked() const noexcept { return (flags & kLtxFlagNoChecksum) == 0; }
  bool operator==(const LtxHeader&) const = default;
};

/// What it says after its last page.
struct LtxTrailer {
  std::uint64_t post_checksum = 0;  // of the database afterwards; 0 for untracked files
  std::uint64_t file_checksum = 0;

  bool operator==(const LtxTrailer&) const = default;
};

std::array<std::byte, kLtxHeaderSize> encode(const LtxHeader& header) noexcept;

/// Reads a header into `header`. Answers what is wrong with it, empty if nothing is.
std::string decode(std::span<const std::byte, kLtxHeaderSize> bytes, LtxHeader& header);

/// Answers what is wrong with a trailer that follows such a header, without the checksum of the
/// file; empty if nothing is.
std::string check(const LtxTrailer& trailer, const LtxHeader& header);

/// Appends `value` as unsigned LEB128, as the page index stores it.
void append_varint(std::vector<std::byte>& to, std::uint64_t value);

}  // namespace edgepack::replica
