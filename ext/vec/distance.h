#pragma once
// Exact distances between vectors: the truth that every search answers with.

#include "vec/kernels/kernels.h"
#include "vec/vector.h"

namespace edgepack::vec {

/// Writes the distance of `query` to each row, by the kernels in use. Rows hold vectors of the
/// query's type and dimensions. `metric` must fit the type: Hamming or Jaccard for bits and only
/// for bits. The values are not rounded to float32; floats are summed in double, int8 and bits are
/// exact before the final root or quotient. Cosine with a zero vector is NaN; Jaccard of two
/// vectors without a bit is 0. Dot is the only metric that goes below zero.
void distances(Metric metric, const VectorView& query, kernels::Rows rows, double* out);

/// A distance as SQL shows it: rounded to float32, as sqlite-vec's are. Rows are put in order by
/// the distance that is not rounded.
inline double reported(double distance) noexcept { return double{static_cast<float>(distance)}; }

/// The distance of two vectors of one type and dimension.
double distance(Metric metric, const VectorView& first, const VectorView& second);

/// Sum of the squared elements of a float vector, summed in double.
double norm_squared(const VectorView& vector);

}  // namespace edgepack::vec
