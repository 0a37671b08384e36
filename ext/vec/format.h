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

/// slotNN = block * kSlotsPerBlock + slot.
inline constexpr std::int64_t kSlotsPerBlock = 65536;

/// Capacities of a block, in slots.
inline constexpr std::size_t kCapacityUnit = 8;
inline constexpr std::size_t kLargestCapacity = 1024;
inline constexpr std::size_t kLargestBlockBytes = std::size_t{256} << 10;

/// Offsets inside a slot.
inline constexpr std::size_t kSlotRowid = 0;
inline constexpr std::size_t kSlotChecksum = 8;
inline constexpr std::size_t kSlotScale = 12;
inline constexpr std::size_t kSlotResidual = 16;
inline constexpr std::size_t kSlotNormSquared = 20;
inline constexpr std::size_t kSlotCode = 24;    // float columns
inline constexpr std::size_t kSlotVector = 12;  // int8 and bit columns

/// True for a column whose slots hold a lossy code, and whose vectors are in the rows.
constexpr bool has_codes(ElementType type) noexcept { return is_float(type); }

/// Where the code or the vector begins in a slot.
constexpr std::size_t slot_payload(ElementType type) noexcept {
  return has_codes(type) ? kSlotCode : kSlotVector;
}

/// Bytes of the code or the vector in a slot.
constexpr std::size_t payload_size(ElementType type, std::size_t dimensions) noexcept {
  return has_codes(type) ? dimensions : byte_size(type, dimensions);
}

constexpr std::size_t slot_size(ElementType type, std::size_t dimensions) noexcept {
  return (slot_payload(type) + payload_size(type, dimensions) + 7) / 8 * 8;
}

constexpr std::size_t largest_capacity(std::size_t slot_bytes) noexcept {
  return std::clamp(kLargestBlockBytes / slot_bytes / kCapacityUnit * kCapacityUnit, kCapacityUnit,
                    kLargestCapacity);
}

}  // namespace edgepack::vec::format
