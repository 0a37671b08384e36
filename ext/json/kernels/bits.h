#pragma once
// Arithmetic on masks; the first byte or token of a block is the lowest bit.

#include <cstdint>

namespace edgepack::json::kernels {
namespace {

using Bits = std::uint64_t;

/// What follows each of `mask`; `*carry` takes the one before the block and leaves the last.
inline Bits behind(Bits mask, Bits* carry) {
  const Bits shifted = mask << 1 | *carry;
  *carry = mask >> 63;
  return shifted;
}

}  // namespace
}  // namespace edgepack::json::kernels
