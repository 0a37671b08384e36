#pragma once
// int8 codes of float vectors, and provable bounds of a distance from the code alone.
// docs/vec.md, "Why the answers are exact", has the proof.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "vec/aligned.h"
#include "vec/kernels/kernels.h"
#include "vec/vector.h"

namespace edgepack::vec {

/// What lies beside the code c of a vector x: with x^ = scale * c, ||x - x^|| <= residual, in the
/// norm of the metric (L1 for L1, otherwise L2). Here x stands for the vector after rotate() (but
/// under L1), and under cosine divided by its norm. Under dot scale is the one that makes the
/// residual smallest.
struct CodeScalars {
  float scale;
  /// Rounded up. +infinity when the code says nothing (a zero vector under cosine).
  float residual;
  /// Sum of c^2.
  std::int32_t norm_squared;
};

/// Codes a float vector of finite elements: writes vector.dimensions values in -127..127 to `code`.
/// `metric` is L2, cosine, L1 or dot. The result depends on the arguments alone, not on the kernels
/// in use. Throws std::bad_alloc.
CodeScalars encode(Metric metric, const VectorView& vector, std::int8_t* code);

/// Codes of several rows with their scalars in columns, as a block holds them. Borrowed.
struct CodeRows {
  /// One byte an element, or, with lower_nibbles, the upper planes of split codes.
  kernels::Rows codes;
  const float* scales;
  const float* residuals;
  const std::int32_t* norms_squared;
  /// The lower planes. Not for L1.
  kernels::Rows lower_nibbles = {};
};

/// A query prepared for scanning codes. Immutable; may be used from several threads at once.
class CodeQuery {
 public:
  /// `query` is a float vector of finite elements; it is copied. Throws std::bad_alloc.
  CodeQuery(Metric metric, const VectorView& query);

  /// For each row lower[i] <= d <= upper[i], where d is what distance() answers for the row's full
  /// vector (nothing is claimed about a NaN). Bounds are in the unit of distance(), and not below 0
  /// but for dot. Where the code says nothing they are 0 and +infinity. `lower` and `upper` have
  /// room for rows.codes.count values. Allocates nothing.
  void bounds(const CodeRows& rows, double* lower, double* upper) const;

  /// The same in two steps, for rows that do not lie side by side: dots() of each, then the bounds
  /// of all. Not under L1.
  bool has_dots() const noexcept { return metric_ != Metric::kL1; }
  void dots(const CodeRows& rows, std::int32_t* out) const;
  void bounds(const kernels::CodedRows& rows, const std::int32_t* dots, double* lower,
              double* upper) const;

 private:
  void bounds_l1(const CodeRows& rows, double* lower, double* upper) const;

  Metric metric_;
  std::size_t dimensions_;
  kernels::CodedQuery coded_ = {};
  /// L2, cosine and dot: the codes that coded_ describes.
  AlignedVector<std::int16_t> codes_;
  /// L1: the query itself, and the sum of its absolute elements.
  std::vector<float> elements_;
  double norm_l1_ = 0;
};

}  // namespace edgepack::vec
