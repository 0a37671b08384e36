#pragma once
// What the files of the kernel sets share among themselves. Not for users of the kernels.

#include "vec/kernels/kernels.h"

namespace edgepack::vec::kernels {

// Everything here has internal linkage or is a constant: a function shared by name between files
// that are compiled for different instruction sets could end up as the copy that this processor
// cannot run.

/// Partial sums of one float32 sum. Element i is added to lane i % kLanes, in order of i.
inline constexpr std::size_t kLanes = 16;

/// Adds the lanes pairwise, halves upon halves: the order that every set keeps to.
static inline double sum_lanes(const double (&lanes)[kLanes]) {
  double sums[kLanes / 2];
  for (std::size_t i = 0; i < kLanes / 2; ++i) sums[i] = lanes[i] + lanes[i + kLanes / 2];
  for (std::size_t width = kLanes / 4; width > 0; width /= 2) {
    for (std::size_t i = 0; i < width; ++i) sums[i] += sums[i + width];
  }
  return sums[0];
}

/// What dot_bounds allows a scale to be off by, relative, for its rounding to float32: twice that.
inline constexpr double kScaleRounding = 0x1p-23;
/// Less than any squared length that is not zero; times infinity it is infinity.
inline constexpr double kTiny = 0x1p-400;

extern const KernelSet kScalar;
extern const KernelSet kSse2;
extern const KernelSet kAvx2;
extern const KernelSet kAvx512;
extern const KernelSet kAvx512Vnni;
extern const KernelSet kNeon;

}  // namespace edgepack::vec::kernels
