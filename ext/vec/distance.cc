#include "vec/distance.h"

#include <algorithm>
#include <cmath>

namespace edgepack::vec {
namespace {

using kernels::Rows;

/// Rows handled at a time, so that a second pass over them finds them in the cache.
constexpr std::size_t kRowsAtOnce = 32;
/// Elements (bytes for bits) that the integer kernels sum without leaving 32 bits.
constexpr std::size_t kSliceElements = 16384;

Rows part_of(const Rows& rows, std::size_t first, std::size_t count, std::size_t byte_offset) {
  return {static_cast<const char*>(rows.data) + first * rows.stride + byte_offset, rows.stride,
          count};
}

/// Sums an integer kernel over slices of vectors of `elements` one-byte elements.
template <class Kernel>
void sum_slices(Kernel kernel, const void* query, const Rows& rows, std::size_t elements,
                double* out) {
  std::int32_t sums[kRowsAtOnce];
  std::fill_n(out, rows.count, 0.0);
  for (std::size_t offset = 0; offset < elements; offset += kSliceElements) {
    const std::size_t slice = std::min(kSliceElements, elements - offset);
    kernel(static_cast<const char*>(query) + offset, part_of(rows, 0, rows.count, offset), slice,
           sums);
    for (std::size_t r = 0; r < rows.count; ++r) out[r] += sums[r];
  }
}

/// Dot products to cosine distances; the root is taken of the product, so that a vector is at
/// distance zero of itself, and rounding never makes a distance negative.
void cosine_of(double* dots, const double* norms_squared, double query_norm_squared,
               std::size_t count) {
  for (std::size_t r = 0; r < count; ++r) {
    const double value = 1.0 - dots[r] / std::sqrt(query_norm_squared * norms_squared[r]);
    dots[r] = value < 0 ? 0 : value;
  }
}

void distances_f32(Metric metric, const VectorView& query, const Rows& rows, double* out) {
  const kernels::KernelSet& set = kernels::active();
  const void* q = query.bytes.data();
  switch (metric) {
    case Metric::kL1:
      return set.l1_f32(q, rows, query.dimensions, out);
    case Metric::kCosine: {
      double norms[kRowsAtOnce];
      double query_norm = 0;
      set.dot_f32(q, rows, query.dimensions, out);
      set.norm_squared_f32(rows, query.dimensions, norms);
      set.norm_squared_f32({q, 0, 1}, query.dimensions, &query_norm);
      return cosine_of(out, norms, query_norm, rows.count);
    }
    default:
      set.l2_squared_f32(q, rows, query.dimensions, out);
      std::transform(out, out + rows.count, out, [](double value) { return std::sqrt(value); });
  }
}

void distances_i8(Metric metric, const VectorView& query, const Rows& rows, double* out) {
  const kernels::KernelSet& set = kernels::active();
  const void* q = query.bytes.data();
  switch (metric) {
    case Metric::kL1:
      return sum_slices(set.l1_i8, q, rows, query.dimensions, out);
    case Metric::kCosine: {
      const auto norm = [&set](const void*, Rows of, std::size_t dimensions, std::int32_t* sums) {
        set.norm_squared_i8(of, dimensions, sums);
      };
      double norms[kRowsAtOnce];
      double query_norm = 0;
      sum_slices(set.dot_i8, q, rows, query.dimensions, out);
      sum_slices(norm, q, rows, query.dimensions, norms);
      sum_slices(norm, q, {q, 0, 1}, query.dimensions, &query_norm);
      return cosine_of(out, norms, query_norm, rows.count);
    }
    default:
      sum_slices(set.l2_squared_i8, q, rows, query.dimensions, out);
      std::transform(out, out + rows.count, out, [](double value) { return std::sqrt(value); });
  }
}

}  // namespace

void distances(Metric metric, const VectorView& query, Rows rows, double* out) {
  for (std::size_t first = 0; first < rows.count; first += kRowsAtOnce) {
    const Rows some = part_of(rows, first, std::min(kRowsAtOnce, rows.count - first), 0);
    switch (query.type) {
      case ElementType::kFloat32:
        distances_f32(metric, query, some, out + first);
        break;
      case ElementType::kInt8:
        distances_i8(metric, query, some, out + first);
        break;
      case ElementType::kBit:
        sum_slices(kernels::active().hamming, query.bytes.data(), some, query.bytes.size(),
                   out + first);
        break;
    }
  }
}

double distance(Metric metric, const VectorView& first, const VectorView& second) {
  double value = 0;
  distances(metric, first, {second.bytes.data(), 0, 1}, &value);
  return value;
}

}  // namespace edgepack::vec
