#pragma once
// Bounds of a distance from the upper four bits of each int8 code: half of the bytes decide on most
// rows. docs/vec.md, "Why the answers are exact", has the proof.

#include <cstddef>
#include <cstdint>

#include "vec/aligned.h"
#include "vec/codec.h"

namespace edgepack::vec {

/// L1 has no coarse codes: its sums cannot be taken from dot products.
constexpr bool has_coarse_codes(Metric metric) noexcept { return metric != Metric::kL1; }

/// Bytes of a plane of nibbles.
constexpr std::size_t plane_size(std::size_t dimensions) noexcept { return (dimensions + 1) / 2; }

/// What lies beside the coarse code w = 2 * upper nibble - 15 of a vector x (under cosine, divided
/// by its norm).
struct CoarseScalars {
  /// Such that scale * w is near to x.
  float scale;
  /// At least ||x - scale * w||; +infinity where the code says nothing.
  float residual;
  /// ||x||, rounded up for dot and otherwise down.
  float norm;
};

/// Of a code that encode() made with `scalars`, and whose planes split_code() wrote.
CoarseScalars coarse_scalars(Metric metric, const CodeScalars& scalars,
                             const kernels::CoarseSums& sums) noexcept;

/// Upper planes of several rows with their scalars in columns. Borrowed.
struct CoarseRows {
  kernels::Rows upper;
  const float* scales;
  const float* residuals;
  const float* norms;
  /// Those of the whole codes.
  const float* fine_residuals;
};

struct DistanceBounds {
  double lower;
  double upper;
};

/// A query prepared for scanning coarse codes. Immutable; may be used from several threads at once.
class CoarseQuery {
 public:
  /// `metric` has coarse codes; otherwise as CodeQuery.
  CoarseQuery(Metric metric, const VectorView& query);

  /// False for a query of which no bound can be given (a zero vector under cosine).
  bool says_something() const noexcept { return says_something_; }

  /// Writes rows.upper.count dot products for the other members.
  void dots(const CoarseRows& rows, std::int32_t* out) const;
  /// Writes the numbers of the rows whose distance may be `limit` or less and answers how many.
  std::size_t admitted(double limit, const CoarseRows& rows, const std::int32_t* dots,
                       std::uint32_t* out) const;
  /// Bounds of one row's distance, as CodeQuery::bounds().
  DistanceBounds bounds(const CoarseRows& rows, std::size_t row, std::int32_t dot) const noexcept;

 private:
  Metric metric_;
  bool says_something_ = true;
  std::size_t plane_size_;
  double rounding_;
  /// The query is near to scale_ * codes_; what that drops is at most residual_ long.
  AlignedVector<std::int8_t> codes_;
  double scale_ = 0;
  double residual_ = 0;
  /// Of scale_ * codes_, the norm rounded up.
  double norm_squared_ = 0;
  double norm_ = 0;
  /// Turns the dot product with upper nibbles into half of that with coarse codes.
  double offset_ = 0;
};

}  // namespace edgepack::vec
