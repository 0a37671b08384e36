#pragma once
// What every code of a vector is made with: the rotated vector, and rounding that is accounted for.
// docs/vec.md, "Why the answers are exact", has the proof.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "vec/vector.h"

namespace edgepack::vec {

/// Covers what double arithmetic rounds off, relative to the values that it sums: far more than the
/// dimensions + 8 roundings of 2^-53 that any sum here is deep, those of rotate() added.
double rounding_of(std::size_t dimensions) noexcept;

/// The smallest float that is not below `value` (>= 0).
float round_up(double value) noexcept;

/// `value` in steps, to the nearest whole one within the limit.
inline double quantized(double value, double inverse_step, double limit) noexcept {
  // A conversion to int drops the fraction as trunc() does, without a call on old processors.
  const double steps = std::clamp(value * inverse_step + std::copysign(0.5, value), -limit, limit);
  return static_cast<double>(static_cast<int>(steps));
}

/// term(0) + term(1) + ..., in several sums side by side, which compilers make one register of.
template <class Term>
double sum_of(std::size_t count, Term term) noexcept {
  constexpr std::size_t kSums = 8;
  double sums[kSums] = {};
  std::size_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (std::size_t s = 0; s < kSums; ++s) sums[s] += term(i + s);
  }
  for (std::size_t s = 0; i < count; ++i, ++s) sums[s] += term(i);
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/// What is coded in the place of a float vector: its elements under L1; otherwise rotated, and
/// under cosine divided by their norm. Throws std::bad_alloc.
struct CodedVector {
  CodedVector(Metric metric, const VectorView& vector);

  /// True for a vector without a direction (not under L1).
  bool is_zero() const noexcept { return length == 0; }

  std::vector<double> elements;
  /// Their length; 0 under L1. The elements are off by at most rounding_of(dimensions) times it.
  double length = 0;
  /// The greatest absolute element.
  double largest = 0;
};

}  // namespace edgepack::vec
