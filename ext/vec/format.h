#pragma once
// The constants of docs/vec-format.md.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "vec/vector.h"

namespace edgepack::vec::format {

static_assert(std::endian::native == std::endian::little,
              "docs/vec-format.md is little-endian, and no byte is swapped");

inline constexpr const char* kName = "edgepack vec0";
inline constexpr std::int64_t kVersion = 1;

/// slot of a row = block * kPositionsPerBlock + position.
inline constexpr std::int64_t kPositionsPerBlock = 65536;
/// code of t_codes = block * kCodesPerBlock + number of the vector column, for lower halves of
/// split codes plus kLowerHalves.
inline constexpr std::int64_t kCodesPerBlock = 32;
inline constexpr std::int64_t kLowerHalves = 16;
/// Codes of fewer dimensions are never split: half of them is not half of the slot.
inline constexpr std::size_t kFewestSplitDimensions = 64;
/// Seed of a slot's checksum = slot of the row, xor its part shifted left by this.
inline constexpr int kPartShift = 56;
inline constexpr std::uint64_t kMetadataPart = 255;

/// Capacities of a block, in positions.
inline constexpr std::size_t kCapacityUnit = 8;
inline constexpr std::size_t kLargestCapacity = 1024;
/// A block is merged with others when at most one in this many of its positions is in use.
inline constexpr std::size_t kSparseShare = 8;
inline constexpr std::size_t kLargestBlockBytes = std::size_t{256} << 10;

/// A block with more text than this takes no new rows.
inline constexpr std::size_t kMostTextBytes = std::size_t{256} << 10;

/// Offsets inside a slot of t_codes.
inline constexpr std::size_t kSlotRowid = 0;
inline constexpr std::size_t kSlotChecksum = 8;
inline constexpr std::size_t kSlotScale = 12;
inline constexpr std::size_t kSlotResidual = 16;
inline constexpr std::size_t kSlotNormSquared = 20;
inline constexpr std::size_t kSlotCoarseScale = 24;
inline constexpr std::size_t kSlotCoarseResidual = 28;
inline constexpr std::size_t kSlotCoarseNorm = 32;
inline constexpr std::size_t kSlotCode = 36;    // float columns
inline constexpr std::size_t kSlotVector = 12;  // int8 and bit columns

/// Offsets inside a slot of lower halves.
inline constexpr std::size_t kLowerChecksum = 0;
inline constexpr std::size_t kLowerCode = 4;

/// Offsets inside a slot of t_metadata.
inline constexpr std::size_t kMetadataRowid = 0;
inline constexpr std::size_t kMetadataChecksum = 8;
inline constexpr std::size_t kMetadataNulls = 12;
inline constexpr std::size_t kMetadataBooleans = 14;
inline constexpr std::size_t kMetadataValues = 16;

/// True for a column whose slots hold a lossy code, and whose vectors are in the rows.
constexpr bool has_codes(ElementType type) noexcept { return is_float(type); }

/// Where the code or the vector begins in a slot.
constexpr std::size_t slot_payload(ElementType type) noexcept {
  return has_codes(type) ? kSlotCode : kSlotVector;
}

/// Bytes of the code (two planes of nibbles, or one byte an element and as long) or the vector in a
/// slot.
constexpr std::size_t payload_size(ElementType type, std::size_t dimensions) noexcept {
  return has_codes(type) ? (dimensions + 1) / 2 * 2 : byte_size(type, dimensions);
}

constexpr std::size_t slot_size(ElementType type, std::size_t dimensions) noexcept {
  return (slot_payload(type) + payload_size(type, dimensions) + 7) / 8 * 8;
}

/// Slots of split codes: those with the upper nibbles, and those of the lower halves.
constexpr std::size_t upper_slot_size(std::size_t dimensions) noexcept {
  return (kSlotCode + (dimensions + 1) / 2 + 7) / 8 * 8;
}
constexpr std::size_t lower_slot_size(std::size_t dimensions) noexcept {
  return (kLowerCode + (dimensions + 1) / 2 + 7) / 8 * 8;
}

constexpr std::size_t largest_capacity(std::size_t slot_bytes) noexcept {
  return std::clamp(kLargestBlockBytes / slot_bytes / kCapacityUnit * kCapacityUnit, kCapacityUnit,
                    kLargestCapacity);
}

}  // namespace edgepack::vec::format
