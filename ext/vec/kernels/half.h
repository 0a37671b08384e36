#pragma once
// The two 16-bit floating-point types as bits: float16 (IEEE 754 binary16: 5 bits of exponent, 10
// of fraction) and bfloat16 (the upper half of a float32: 8 bits of exponent, 7 of fraction).

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace edgepack::vec::kernels {

// Internal linkage, as everything that kernel sets share: see sets.h.

/// Exact. Infinities and NaN stay what they are.
static inline float widen_float16(std::uint16_t bits) {
  constexpr std::uint32_t kExponent = 0x1F << 23;       // float16's, where float32 has its own
  constexpr std::uint32_t kBiasDifference = 112 << 23;  // 127 - 15
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  std::uint32_t wide = (bits & 0x7FFFU) << 13;
  if (wide >= kExponent) {  // infinity, NaN
    wide += 2 * kBiasDifference;
  } else if (wide >= (1U << 23)) {
    wide += kBiasDifference;
  } else {  // zero and denormals: fraction * 2^-24
    wide = std::bit_cast<std::uint32_t>(static_cast<float>(bits & 0x3FFU) * 0x1p-24F);
  }
  return std::bit_cast<float>(sign | wide);
}

/// Exact. Infinities and NaN stay what they are.
static inline float widen_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

/// The nearest value of a type with so many bits, the even one of two: IEEE 754's rounding. What is
/// too large becomes infinity.
template <int kFractionBits, int kExponentBits>
static inline std::uint16_t narrow(double value) {
  constexpr int kBias = (1 << (kExponentBits - 1)) - 1;
  constexpr long kInfinity = ((1L << kExponentBits) - 1) << kFractionBits;
  const long sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value))
    return static_cast<std::uint16_t>(sign | kInfinity | 1L << (kFractionBits - 1));
  const double magnitude = std::fabs(value);
  if (magnitude >= std::ldexp(1.0, kBias + 1)) return static_cast<std::uint16_t>(sign | kInfinity);
  const int exponent = magnitude == 0 ? 1 - kBias : std::max(std::ilogb(magnitude), 1 - kBias);
  // In units of the last place. A normal value has its leading bit among them, which adds one to
  // the exponent; so does rounding up to the next power of two.
  const long units = std::lrint(std::ldexp(magnitude, kFractionBits - exponent));
  const long bits = (static_cast<long>(exponent + kBias - 1) << kFractionBits) + units;
  return static_cast<std::uint16_t>(sign | std::min(bits, kInfinity));
}

static inline std::uint16_t narrow_float16(double value) { return narrow<10, 5>(value); }
static inline std::uint16_t narrow_bfloat16(double value) { return narrow<7, 8>(value); }

}  // namespace edgepack::vec::kernels
