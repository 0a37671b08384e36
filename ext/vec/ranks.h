#pragma once
// What rows of int8 and bit columns are compared by: whole numbers in the order of the distances,
// which a scan has of every row, where it needs the distances of a few.

#include <cstdint>

#include "vec/kernels/kernels.h"
#include "vec/vector.h"

namespace edgepack::vec {

/// Squared L2, L1, Hamming and the negative inner product are whole numbers; quotients (cosine,
/// Jaccard) are not.
constexpr bool has_ranks(ElementType type, Metric metric) noexcept {
  return (type == ElementType::kInt8 && metric != Metric::kCosine) ||
         (type == ElementType::kBit && metric == Metric::kHamming);
}

/// Writes the rank of each row, by the kernels in use. Type and metric have ranks; `query` has at
/// most 16,384 elements. Equal ranks are equal distances, a lesser rank is a lesser distance.
void ranks(Metric metric, const VectorView& query, kernels::Rows rows, std::int32_t* out);

/// The distance that distance() gives for two vectors of this rank.
double distance_of_rank(Metric metric, std::int32_t rank) noexcept;

/// No rank above this has a distance of `distance` or less.
std::int32_t last_rank_within(Metric metric, double distance) noexcept;

}  // namespace edgepack::vec
