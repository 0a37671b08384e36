#pragma once
// Choosing bytes by a mask, for instruction sets that have no word for it.

#include <bit>
#include <cstdint>
#include <cstring>

namespace edgepack::json::kernels {
namespace {

inline void store_chosen_bytes(const char* bytes, std::uint64_t mask, std::uint32_t offset,
                               std::uint32_t* positions, char* chosen) {
  // Eight at a time, whether there are as many or not: that costs less than to ask for each.
  while (mask != 0) {
    for (int i = 0; i < 8; ++i) {
      const auto bit = static_cast<std::uint32_t>(std::countr_zero(mask)) & 63;
      positions[i] = offset + bit;
      chosen[i] = bytes[bit];
      mask &= mask - 1;
    }
    positions += 8;
    chosen += 8;
  }
}

/// Copies the bytes of `mask` side by side; with `has_room`, 16 at a time.
inline void store_runs_of_bytes(const char* bytes, std::uint64_t mask, bool has_room,
                                char* chosen) {
  while (mask != 0) {
    const int first = std::countr_zero(mask);
    const int length = std::countr_one(mask >> first);
    const char* const run = bytes + first;
    if (has_room) {
      for (int i = 0; i < length; i += 16) std::memcpy(chosen + i, run + i, 16);
    } else {
      for (int i = 0; i < length; ++i) chosen[i] = run[i];
    }
    chosen += length;
    mask &= mask + (mask & (0 - mask));
  }
}

}  // namespace
}  // namespace edgepack::json::kernels
