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

/// Inner products to distances. Zero minus zero is zero, whatever its sign.
void negate(double* dots, std::size_t count) {
  std::transform(dots, dots + count, dots, [](double dot) { return 0.0 - dot; });
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

const kernels::FloatKernels& kernels_of(ElementType type) {
  const kernels::KernelSet& set = kernels::active();
  return type == ElementType::kFloat32   ? set.float32
         : type == ElementType::kFloat16 ? set.float16
                                         : set.bfloat16;
}

void distances_of_floats(Metric metric, const VectorView& query, const Rows& rows, double* out) {
  const kernels::FloatKernels& set = kernels_of(query.type);
  const void* q = query.bytes.data();
  switch (metric) {
    case Metric::kL1:
      return set.l1(q, rows, query.dimensions, out);
    case Metric::kDot:
      set.dot(q, rows, query.dimensions, out);
      return negate(out, rows.count);
    case Metric::kCosine: {
      double norms[kRowsAtOnce];
      double query_norm = 0;
      set.dot(q, rows, query.dimensions, out);
      set.norm_squared(rows, query.dimensions, norms);
      set.norm_squared({q, 0, 1}, query.dimensions, &query_norm);
      return cosine_of(out, norms, query_norm, rows.count);
    }
    default:
      set.l2_squared(q, rows, query.dimensions, out);
      std::transform(out, out + rows.count, out, [](double value) { return std::sqrt(value); });
  }
}

void distances_of_int8(Metric metric, const VectorView& query, const Rows& rows, double* out) {
  const kernels::KernelSet& set = kernels::active();
  const void* q = query.bytes.data();
  switch (metric) {
    case Metric::kL1:
      return sum_slices(set.l1_i8, q, rows, query.dimensions, out);
    case Metric::kDot:
      sum_slices(set.dot_i8, q, rows, query.dimensions, out);
      return negate(out, rows.count);
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

void distances_of_bits(Metric metric, const VectorView& query, const Rows& rows, double* out) {
  const kernels::KernelSet& set = kernels::active();
  const char* q = reinterpret_cast<const char*>(query.bytes.data());
  if (metric == Metric::kHamming) return sum_slices(set.hamming, q, rows, query.bytes.size(), out);
  double either[kRowsAtOnce] = {};
  std::fill_n(out, rows.count, 0.0);
  std::int32_t both_of_slice[kRowsAtOnce];
  std::int32_t either_of_slice[kRowsAtOnce];
  for (std::size_t offset = 0; offset < query.bytes.size(); offset += kSliceElements) {
    const std::size_t slice = std::min(kSliceElements, query.bytes.size() - offset);
    set.jaccard(q + offset, part_of(rows, 0, rows.count, offset), slice, both_of_slice,
                either_of_slice);
    for (std::size_t r = 0; r < rows.count; ++r) {
      out[r] += both_of_slice[r];
      either[r] += either_of_slice[r];
    }
  }
  for (std::size_t r = 0; r < rows.count; ++r) {
    out[r] = either[r] == 0 ? 0 : (either[r] - out[r]) / either[r];
  }
}

}  // namespace

double norm_squared(const VectorView& vector) {
  double value = 0;
  kernels_of(vector.type).norm_squared({vector.bytes.data(), 0, 1}, vector.dimensions, &value);
  return value;
}

void distances(Metric metric, const VectorView& query, Rows rows, double* out) {
  for (std::size_t first = 0; first < rows.count; first += kRowsAtOnce) {
    const Rows some = part_of(rows, first, std::min(kRowsAtOnce, rows.count - first), 0);
    switch (query.type) {
      case ElementType::kFloat32:
      case ElementType::kFloat16:
      case ElementType::kBFloat16:
        distances_of_floats(metric, query, some, out + first);
        break;
      case ElementType::kInt8:
        distances_of_int8(metric, query, some, out + first);
        break;
      case ElementType::kBit:
        distances_of_bits(metric, query, some, out + first);
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
