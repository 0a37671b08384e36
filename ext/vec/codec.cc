#include "vec/codec.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "vec/code_arithmetic.h"

namespace edgepack::vec {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// The largest code of a row and of a query.
constexpr double kCodeLimit = 127;
constexpr double kQueryCodeLimit = 32767;
/// What KernelSet::dot_i16_i8 allows the sum of a query's absolute codes to be.
constexpr double kQueryCodeSumLimit = 16777215;
/// Rows handled at a time, so that what the kernels write stays in the cache.
constexpr std::size_t kRowsAtOnce = 256;

/// `count` of the rows from number `first` on, of which all are read in order.
kernels::Rows next_of(const kernels::Rows& rows, std::size_t first, std::size_t count) noexcept {
  const char* const data = static_cast<const char*>(rows.data) + first * rows.stride;
  const bool is_last = first + count == rows.count;
  return {data, rows.stride, count, is_last ? rows.after : data + count * rows.stride};
}

}  // namespace

CodeScalars encode(Metric metric, const VectorView& vector, std::int8_t* code) {
  const CodedVector coded(metric, vector);
  const std::span<const double> elements = coded.elements;
  const auto code_nothing = [&](float residual) {
    std::fill_n(code, elements.size(), std::int8_t{0});
    return CodeScalars{.scale = 0, .residual = residual, .norm_squared = 0};
  };
  if (metric == Metric::kCosine && coded.is_zero()) {
    return code_nothing(std::numeric_limits<float>::infinity());
  }
  auto scale = static_cast<float>(coded.largest / kCodeLimit);
  const double inverse = scale > 0 ? 1 / double{scale} : 0;
  const kernels::KernelSet& set = kernels::active();
  const kernels::QuantizedSums sums = set.quantize(elements.data(), elements.size(), inverse, code);
  // Whole numbers, and so exact.
  const auto norm_squared = static_cast<std::int32_t>(sums.norm_squared);
  // The nearest of all multiples of the code: what it drops is at a right angle to it.
  if (metric == Metric::kDot && norm_squared > 0) {
    scale = static_cast<float>(sums.along / norm_squared);
  }
  // Too coarse for a right angle, or beyond the range of floats.
  if ((metric == Metric::kDot && scale < std::numeric_limits<float>::min()) ||
      !std::isfinite(scale)) {
    return code_nothing(round_up(coded.length * (1 + rounding_of(elements.size()))));
  }
  double residual =
      metric == Metric::kL1
          ? sum_of(elements.size(),
                   [=, wide = double{scale}](std::size_t i) {
                     return std::fabs(elements[i] - wide * code[i]);
                   })
          : std::sqrt(set.dropped_squared(elements.data(), code, elements.size(), scale));
  residual += rounding_of(elements.size()) * (residual + coded.length);
  return {.scale = scale, .residual = round_up(residual), .norm_squared = norm_squared};
}

CodeQuery::CodeQuery(Metric metric, const VectorView& query)
    : metric_(metric), dimensions_(query.dimensions) {
  coded_.rounding = rounding_of(dimensions_);
  if (metric == Metric::kL1) {
    elements_ = widened(query);
    for (const float element : elements_) norm_l1_ += std::fabs(element);
    return;
  }
  // Split codes come in pairs.
  codes_.resize((dimensions_ + 1) / 2 * 2);
  const CodedVector coded(metric, query);
  const std::span<const double> elements = coded.elements;
  if (metric == Metric::kCosine && coded.is_zero()) {
    coded_.residual = kInfinity;
    return;
  }
  double sum = 0;
  for (const double element : elements) sum += std::fabs(element);
  // Rounding to whole codes adds less than one a dimension.
  const double scale = std::max(coded.largest / kQueryCodeLimit,
                                sum / (kQueryCodeSumLimit - static_cast<double>(dimensions_)));
  const double inverse = scale > 0 ? 1 / scale : 0;
  double norm_squared = 0;
  double residual = 0;
  for (std::size_t i = 0; i < dimensions_; ++i) {
    const double step = quantized(elements[i], inverse, kQueryCodeLimit);
    codes_[i] = static_cast<std::int16_t>(step);
    norm_squared += step * step;
    const double dropped = elements[i] - scale * step;
    residual += dropped * dropped;
  }
  residual = std::sqrt(residual);
  coded_.scale = scale;
  coded_.norm_squared = scale * scale * norm_squared;
  coded_.residual = residual + coded_.rounding * (residual + coded.length);
  coded_.norm = std::sqrt(coded_.norm_squared) * (1 + coded_.rounding) + coded_.residual;
}

void CodeQuery::dots(const CodeRows& rows, std::int32_t* out) const {
  const kernels::KernelSet& set = kernels::active();
  if (rows.lower_nibbles.data != nullptr) {
    set.dot_i16_split(codes_.data(), rows.codes, rows.lower_nibbles, codes_.size() / 2, out);
  } else {
    set.dot_i16_i8(codes_.data(), rows.codes, dimensions_, out);
  }
}

void CodeQuery::bounds(const kernels::CodedRows& rows, const std::int32_t* dots, double* lower,
                       double* upper) const {
  const kernels::KernelSet& set = kernels::active();
  (metric_ == Metric::kDot ? set.dot_bounds : set.l2_bounds)(coded_, dots, rows, lower, upper);
  if (metric_ != Metric::kCosine) return;
  // Between unit vectors 1 - cos is half the squared distance.
  for (std::size_t i = 0; i < rows.count; ++i) {
    lower[i] = std::max(lower[i] * lower[i] / 2 - coded_.rounding, 0.0);
    upper[i] = upper[i] * upper[i] / 2 + coded_.rounding;
  }
}

void CodeQuery::bounds(const CodeRows& rows, double* lower, double* upper) const {
  if (metric_ == Metric::kL1) return bounds_l1(rows, lower, upper);
  std::int32_t dots[kRowsAtOnce];
  for (std::size_t first = 0; first < rows.codes.count; first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, rows.codes.count - first);
    CodeRows some = {next_of(rows.codes, first, count), rows.scales + first, rows.residuals + first,
                     rows.norms_squared + first};
    if (rows.lower_nibbles.data != nullptr) {
      some.lower_nibbles = next_of(rows.lower_nibbles, first, count);
    }
    this->dots(some, dots);
    bounds({some.scales, some.residuals, some.norms_squared, count}, dots, lower + first,
           upper + first);
  }
}

void CodeQuery::bounds_l1(const CodeRows& rows, double* lower, double* upper) const {
  const kernels::KernelSet& set = kernels::active();
  const double rounding = coded_.rounding;
  const double float_rounding = std::ldexp(static_cast<double>(dimensions_) + 8, -23);
  const double fixed_slack =
      std::ldexp(norm_l1_, -22) + std::ldexp(static_cast<double>(dimensions_), -148);
  float sums[kRowsAtOnce];
  for (std::size_t first = 0; first < rows.codes.count; first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, rows.codes.count - first);
    set.l1_f32_i8(elements_.data(), next_of(rows.codes, first, count), rows.scales + first,
                  dimensions_, sums);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = first + i;
      const double sum = sums[i];
      const double margin = double{rows.residuals[row]} + fixed_slack + sum * float_rounding;
      const double low = (sum - margin * (1 + rounding)) * (1 - rounding);
      const double high = (sum + margin) * (1 + rounding);
      // Float sums may leave their range: then nothing is known.
      lower[row] = sum < kInfinity && low > 0 ? low : 0;
      upper[row] = high < kInfinity ? high : kInfinity;
    }
  }
}

}  // namespace edgepack::vec
