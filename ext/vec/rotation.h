#pragma once
// The rotation of a vector before it is coded: docs/vec-format.md, "The code of a vector".

#include <span>

namespace edgepack::vec {

/// Rotates `elements`, kMostDimensions at most, in place, always in the same way for a number of
/// dimensions: random signs and a Walsh-Hadamard transform of the first, then of the last 2^k
/// elements, the greatest power of two that there is. Lengths and inner products stay what they
/// are, up to rounding: the result is within (dimensions + 32) * 2^-53 of the exact one, relative
/// to the length. What few elements held is spread over all of them, so that one scale suits a
/// whole vector (randomized Hadamard transform: Ailon and Chazelle, 2006). O(n log n) additions;
/// the same bits on every processor.
void rotate(std::span<double> elements) noexcept;

}  // namespace edgepack::vec
