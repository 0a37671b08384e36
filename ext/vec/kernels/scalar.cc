// The reference that every other set is tested against: plain loops, no SIMD.

#include <bit>
#include <cmath>
#include <cstring>

#include "vec/kernels/half.h"
#include "vec/kernels/sets.h"

namespace edgepack::vec::kernels {
namespace {

template <class T>
T load(const void* base, std::size_t index) {
  T value;
  std::memcpy(&value, static_cast<const char*>(base) + index * sizeof(T), sizeof(T));
  return value;
}

const void* row_at(const Rows& rows, std::size_t index) {
  return static_cast<const char*>(rows.data) + index * rows.stride;
}

/// Sums term(i) for every i in double, in the order that sum_lanes() describes.
template <class Term>
double sum_terms(std::size_t dimensions, Term term) {
  double lanes[kLanes] = {};
  for (std::size_t i = 0; i < dimensions; ++i) lanes[i % kLanes] += term(i);
  return sum_lanes(lanes);
}

template <class Out, class RowSum>
void for_each_row(const Rows& rows, Out* out, RowSum row_sum) {
  for (std::size_t r = 0; r < rows.count; ++r) out[r] = row_sum(row_at(rows, r));
}

double float32_at(const void* base, std::size_t i) { return double{load<float>(base, i)}; }
double float16_at(const void* base, std::size_t i) {
  return double{widen_float16(load<std::uint16_t>(base, i))};
}
double bfloat16_at(const void* base, std::size_t i) {
  return double{widen_bfloat16(load<std::uint16_t>(base, i))};
}

using ElementAt = double (*)(const void* base, std::size_t index);

template <ElementAt at>
void l2_squared(const void* query, Rows rows, std::size_t dimensions, double* out) {
  for_each_row(rows, out, [=](const void* row) {
    return sum_terms(dimensions, [=](std::size_t i) {
      const double difference = at(query, i) - at(row, i);
      return difference * difference;
    });
  });
}

template <ElementAt at>
void l1(const void* query, Rows rows, std::size_t dimensions, double* out) {
  for_each_row(rows, out, [=](const void* row) {
    return sum_terms(dimensions,
                     [=](std::size_t i) { return std::fabs(at(query, i) - at(row, i)); });
  });
}

template <ElementAt at>
void dot(const void* query, Rows rows, std::size_t dimensions, double* out) {
  for_each_row(rows, out, [=](const void* row) {
    return sum_terms(dimensions, [=](std::size_t i) { return at(query, i) * at(row, i); });
  });
}

template <ElementAt at>
void norm_squared(Rows rows, std::size_t dimensions, double* out) {
  for_each_row(rows, out, [=](const void* row) {
    return sum_terms(dimensions, [=](std::size_t i) { return at(row, i) * at(row, i); });
  });
}

template <ElementAt at>
constexpr FloatKernels make_float_kernels() {
  return {l2_squared<at>, l1<at>, dot<at>, norm_squared<at>};
}

template <class Query, class Term>
void sum_i8(const void* query, const Rows& rows, std::size_t dimensions, std::int32_t* out,
            Term term) {
  for_each_row(rows, out, [=](const void* row) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < dimensions; ++i) {
      sum += term(std::int32_t{load<Query>(query, i)}, std::int32_t{load<std::int8_t>(row, i)});
    }
    return sum;
  });
}

void l2_squared_i8(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out) {
  sum_i8<std::int8_t>(query, rows, dimensions, out,
                      [](std::int32_t q, std::int32_t x) { return (q - x) * (q - x); });
}

void l1_i8(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out) {
  sum_i8<std::int8_t>(query, rows, dimensions, out,
                      [](std::int32_t q, std::int32_t x) { return q < x ? x - q : q - x; });
}

void dot_i8(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out) {
  sum_i8<std::int8_t>(query, rows, dimensions, out,
                      [](std::int32_t q, std::int32_t x) { return q * x; });
}

void norm_squared_i8(Rows rows, std::size_t dimensions, std::int32_t* out) {
  for_each_row(rows, out, [=](const void* row) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < dimensions; ++i) {
      const std::int32_t x = load<std::int8_t>(row, i);
      sum += x * x;
    }
    return sum;
  });
}

template <class Term>
std::int32_t count_bits(const void* query, const void* row, std::size_t bytes, Term term) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    const auto bits =
        static_cast<std::uint8_t>(term(load<std::uint8_t>(query, i), load<std::uint8_t>(row, i)));
    sum += std::popcount(bits);
  }
  return sum;
}

void hamming(const void* query, Rows rows, std::size_t bytes, std::int32_t* out) {
  for_each_row(rows, out, [=](const void* row) {
    return count_bits(query, row, bytes, [](int q, int x) { return q ^ x; });
  });
}

void jaccard(const void* query, Rows rows, std::size_t bytes, std::int32_t* both,
             std::int32_t* either) {
  for_each_row(rows, both, [=](const void* row) {
    return count_bits(query, row, bytes, [](int q, int x) { return q & x; });
  });
  for_each_row(rows, either, [=](const void* row) {
    return count_bits(query, row, bytes, [](int q, int x) { return q | x; });
  });
}

void dot_i16_i8(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out) {
  sum_i8<std::int16_t>(query, rows, dimensions, out,
                       [](std::int32_t q, std::int32_t x) { return q * x; });
}

void l1_f32_i8(const void* query, Rows rows, const float* scales, std::size_t dimensions,
               float* out) {
  for (std::size_t r = 0; r < rows.count; ++r) {
    const void* row = row_at(rows, r);
    float sum = 0;
    for (std::size_t i = 0; i < dimensions; ++i) {
      const float approximated = scales[r] * static_cast<float>(load<std::int8_t>(row, i));
      sum += std::fabs(load<float>(query, i) - approximated);
    }
    out[r] = sum;
  }
}

void l2_bounds(const CodedQuery& query, const std::int32_t* dots, CodedRows rows, double* lower,
               double* upper) {
  for (std::size_t r = 0; r < rows.count; ++r) {
    const double scale = rows.scales[r];
    const double norm_squared = scale * scale * rows.norms_squared[r];
    const double squared = (query.norm_squared - 2 * query.scale * scale * dots[r]) + norm_squared;
    const double slack = query.rounding * (query.norm_squared + norm_squared);
    const double margin = (query.residual + double{rows.residuals[r]}) * (1 + query.rounding);
    const double low = std::sqrt(std::fmax(squared - slack, 0.0)) * (1 - query.rounding) - margin;
    const double high = std::sqrt(std::fmax(squared, 0.0) + slack) * (1 + query.rounding) + margin;
    lower[r] = std::fmax(low, 0.0) * (1 - query.rounding);
    upper[r] = high * (1 + query.rounding);
  }
}

void dot_bounds(const CodedQuery& query, const std::int32_t* dots, CodedRows rows, double* lower,
                double* upper) {
  for (std::size_t r = 0; r < rows.count; ++r) {
    const double scale = rows.scales[r];
    const double residual = rows.residuals[r];
    const double norm_squared = scale * scale * rows.norms_squared[r];
    const double dot = query.scale * scale * dots[r];
    const double along_squared = dot * dot / std::fmax(norm_squared, kTiny);
    const double across_squared =
        std::fmax(query.norm_squared - along_squared, 0.0) + query.rounding * query.norm_squared;
    const double length = std::sqrt(norm_squared) + residual;
    const double margin =
        ((std::sqrt(across_squared) + kTiny) * residual + kScaleRounding * std::fabs(dot)) +
        ((query.residual + query.rounding * query.norm) + kTiny) * length;
    const double widened = margin * (1 + query.rounding);
    lower[r] = 0.0 - dot - widened;
    upper[r] = widened - dot;
  }
}

void hadamard(double* elements, std::size_t count, const std::uint64_t* signs) {
  for (std::size_t i = 0; i < count; ++i) {
    if ((signs[i / 64] >> (i % 64) & 1) != 0) elements[i] = -elements[i];
  }
  for (std::size_t half = 1; half < count; half *= 2) {
    for (std::size_t first = 0; first < count; first += 2 * half) {
      for (std::size_t i = first; i < first + half; ++i) {
        const double low = elements[i];
        elements[i] = low + elements[i + half];
        elements[i + half] = low - elements[i + half];
      }
    }
  }
  const double scale = 1 / std::sqrt(static_cast<double>(count));
  for (std::size_t i = 0; i < count; ++i) elements[i] *= scale;
}

/// The order of sums over the elements of a vector in double precision, in every set.
template <class Term>
double sum_of_eight(std::size_t count, Term term) {
  double sums[8] = {};
  for (std::size_t i = 0; i < count; ++i) sums[i % 8] += term(i);
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

Extent extent(const double* elements, std::size_t count) {
  double largest = 0;
  for (std::size_t i = 0; i < count; ++i) largest = std::fmax(largest, std::fabs(elements[i]));
  return {largest, sum_of_eight(count, [=](std::size_t i) { return elements[i] * elements[i]; })};
}

QuantizedSums quantize(const double* elements, std::size_t count, double inverse,
                       std::int8_t* code) {
  for (std::size_t i = 0; i < count; ++i) {
    const double step = elements[i] * inverse + std::copysign(0.5, elements[i]);
    code[i] = static_cast<std::int8_t>(std::fmin(std::fmax(step, -127), 127));
  }
  return {
      sum_of_eight(count, [=](std::size_t i) { return static_cast<double>(code[i] * code[i]); }),
      sum_of_eight(count, [=](std::size_t i) { return elements[i] * code[i]; })};
}

double dropped_squared(const double* elements, const std::int8_t* code, std::size_t count,
                       double scale) {
  return sum_of_eight(count, [=](std::size_t i) {
    const double dropped = elements[i] - scale * code[i];
    return dropped * dropped;
  });
}

CoarseSums split_code(const std::int8_t* code, std::size_t dimensions, std::uint8_t* upper,
                      std::uint8_t* lower) {
  const std::size_t bytes = (dimensions + 1) / 2;
  CoarseSums sums = {0, 0};
  for (std::size_t i = 0; i < bytes; ++i) upper[i] = lower[i] = 0;
  for (std::size_t i = 0; i < dimensions; ++i) {
    const int biased = code[i] + 128;
    const int shift = i < bytes ? 0 : 4;
    const std::size_t at = i < bytes ? i : i - bytes;
    std::uint8_t& u = upper[at];
    std::uint8_t& l = lower[at];
    u = static_cast<std::uint8_t>(u | biased / 16 << shift);
    l = static_cast<std::uint8_t>(l | biased % 16 << shift);
    const int coarse = 2 * (biased / 16) - 15;
    sums.along += code[i] * coarse;
    sums.norm_squared += coarse * coarse;
  }
  return sums;
}

/// Element `index` of a plane.
int nibble(const void* plane, std::size_t bytes, std::size_t index) {
  const int byte = load<std::uint8_t>(plane, index < bytes ? index : index - bytes);
  return index < bytes ? byte % 16 : byte / 16;
}

void dot_i8_upper(const void* query, Rows upper, std::size_t bytes, std::int32_t* out) {
  for_each_row(upper, out, [=](const void* row) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < 2 * bytes; ++i) {
      sum += load<std::int8_t>(query, i) * nibble(row, bytes, i);
    }
    return sum;
  });
}

void dot_i16_split(const void* query, Rows upper, Rows lower, std::size_t bytes,
                   std::int32_t* out) {
  for (std::size_t r = 0; r < upper.count; ++r) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < 2 * bytes; ++i) {
      const int code =
          16 * nibble(row_at(upper, r), bytes, i) + nibble(row_at(lower, r), bytes, i) - 128;
      sum += load<std::int16_t>(query, i) * code;
    }
    out[r] = sum;
  }
}

std::size_t reaching(const Reach& reach, const std::int32_t* dots, CoarseColumns rows,
                     std::uint32_t* out) {
  std::size_t found = 0;
  for (std::size_t r = 0; r < rows.count; ++r) {
    const double norm = rows.norms[r];
    const double value =
        reach.dot * (double{rows.scales[r]} * (dots[r] - reach.offset)) +
        (reach.residual * double{rows.residuals[r]} + reach.norm_squared * norm * norm);
    if (!(value < reach.least)) out[found++] = static_cast<std::uint32_t>(r);
  }
  return found;
}

std::size_t at_most(std::int32_t limit, const std::int32_t* values, std::size_t count,
                    std::uint32_t* out) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i] <= limit) out[found++] = static_cast<std::uint32_t>(i);
  }
  return found;
}

void between(Packed values, std::uint64_t from, std::uint64_t to, std::uint64_t* bits) {
  for (std::size_t i = 0; i < values.count; ++i) {
    std::uint64_t value = 0;
    std::memcpy(&value, static_cast<const char*>(values.data) + i * values.width, values.width);
    bits[i / 64] |= std::uint64_t{from <= value && value <= to} << (i % 64);
  }
}

}  // namespace

constinit const KernelSet kScalar = {
    .name = "scalar",
    .float32 = make_float_kernels<float32_at>(),
    .float16 = make_float_kernels<float16_at>(),
    .bfloat16 = make_float_kernels<bfloat16_at>(),
    .l2_squared_i8 = l2_squared_i8,
    .l1_i8 = l1_i8,
    .dot_i8 = dot_i8,
    .norm_squared_i8 = norm_squared_i8,
    .hamming = hamming,
    .jaccard = jaccard,
    .dot_i16_i8 = dot_i16_i8,
    .l1_f32_i8 = l1_f32_i8,
    .l2_bounds = l2_bounds,
    .dot_bounds = dot_bounds,
    .hadamard = hadamard,
    .extent = extent,
    .quantize = quantize,
    .dropped_squared = dropped_squared,
    .split_code = split_code,
    .dot_i8_upper = dot_i8_upper,
    .dot_i16_split = dot_i16_split,
    .reaching = reaching,
    .at_most = at_most,
    .between = between,
};

}  // namespace edgepack::vec::kernels
