#include "vec/coarse_codes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "vec/code_arithmetic.h"

namespace edgepack::vec {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kQueryCodeLimit = 127;
/// Relative: covers the roundings of sums of a few terms, in each row's residual and norm.
const double kSlack = std::ldexp(1.0, -40);

/// Of a value that is not negative.
float round_down(double value) noexcept {
  const auto rounded = static_cast<float>(value);
  // The next float towards 0 has the number before.
  return double{rounded} > value ? std::bit_cast<float>(std::bit_cast<std::uint32_t>(rounded) - 1)
                                 : rounded;
}

}  // namespace

CoarseScalars coarse_scalars(Metric metric, const CodeScalars& scalars,
                             const kernels::CoarseSums& sums) noexcept {
  const double fine_scale = scalars.scale;
  const double fine_residual = scalars.residual;
  const double fine_squared = fine_scale * fine_scale * scalars.norm_squared;
  const double norm = std::sqrt(fine_squared);
  const auto scale = static_cast<float>(fine_scale * sums.along / sums.norm_squared);
  const double coarse_squared = double{scale} * scale * sums.norm_squared;
  const double dropped_squared =
      fine_squared - 2 * fine_scale * double{scale} * sums.along + coarse_squared;
  // What is left of the difference of large terms has lost as many bits as they cancelled.
  const double cancelled = (fine_squared + coarse_squared) * 0x1p-48;
  const double dropped = std::sqrt(std::max(dropped_squared, 0.0) + cancelled);
  const double shortest = std::max(norm * (1 - kSlack) - fine_residual, 0.0);
  const double longest = norm * (1 + kSlack) + fine_residual;
  const float residual = round_up((fine_residual + dropped + norm * kSlack) * (1 + kSlack));
  if (!(longest < std::numeric_limits<float>::max()) || !std::isfinite(scale)) {
    return {.scale = 0, .residual = std::numeric_limits<float>::infinity(), .norm = 0};
  }
  const float rounded_norm = metric == Metric::kDot      ? round_up(longest)
                             : metric == Metric::kCosine ? 1 - 0x1p-24F
                                                         : round_down(shortest);
  return {.scale = scale, .residual = residual, .norm = rounded_norm};
}

CoarseQuery::CoarseQuery(Metric metric, const VectorView& query)
    : metric_(metric),
      plane_size_(plane_size(query.dimensions)),
      rounding_(rounding_of(query.dimensions)),
      codes_(2 * plane_size_) {
  const CodedVector coded(metric, query);
  if (metric == Metric::kCosine && coded.is_zero()) {
    says_something_ = false;
    return;
  }
  scale_ = coded.largest / kQueryCodeLimit;
  const double inverse = scale_ > 0 ? 1 / scale_ : 0;
  double norm_squared = 0;
  double residual = 0;
  double sum = 0;
  for (std::size_t i = 0; i < coded.elements.size(); ++i) {
    const double value = coded.elements[i];
    const double step = quantized(value, inverse, kQueryCodeLimit);
    codes_[i] = static_cast<std::int8_t>(step);
    sum += step;
    norm_squared += step * step;
    const double dropped = value - scale_ * step;
    residual += dropped * dropped;
  }
  residual = std::sqrt(residual);
  residual_ = residual + rounding_ * (residual + coded.length);
  norm_squared_ = scale_ * scale_ * norm_squared;
  norm_ = std::sqrt(norm_squared_) * (1 + kSlack);
  // 2 * u - 15 is the coarse code of the nibble u.
  offset_ = 7.5 * sum;
}

void CoarseQuery::dots(const CoarseRows& rows, std::int32_t* out) const {
  kernels::active().dot_i8_upper(codes_.data(), rows.upper, plane_size_, out);
}

std::size_t CoarseQuery::admitted(double limit, const CoarseRows& rows, const std::int32_t* dots,
                                  std::uint32_t* out) const {
  const std::size_t count = rows.upper.count;
  if (count == 0) return 0;
  kernels::Reach reach = {};
  reach.offset = offset_;
  if (metric_ == Metric::kDot) {
    // |x| times the query's residual, from |x| <= (|x|^2 / m + m) / 2 for any m.
    const double m = double{rows.norms[0]} + std::numeric_limits<double>::min();
    reach.dot = 2 * scale_;
    reach.residual = norm_;
    reach.norm_squared = residual_ / (2 * m);
    reach.least = -limit - residual_ * m / 2 - kSlack * (std::fabs(limit) + residual_ * m);
    // distance() rounds by a share of |q| |x|, which the margins above need not cover.
    reach.norm_squared += rounding_ * (norm_ + residual_) / (2 * m);
    reach.least -= rounding_ * (norm_ + residual_) * m / 2;
  } else {
    const double l2 = metric_ == Metric::kCosine
                          ? std::sqrt(2 * (std::max(limit, 0.0) + rounding_)) * (1 + rounding_)
                          : std::max(limit, 0.0);
    const double longest = (l2 * (1 + rounding_) + residual_) * (1 + rounding_);
    reach.dot = 4 * scale_;
    reach.residual = 2 * norm_;
    reach.norm_squared = -1;
    reach.least = norm_squared_ * (1 - kSlack) - longest * longest * (1 + kSlack);
  }
  return kernels::active().reaching(reach, dots, {rows.scales, rows.residuals, rows.norms, count},
                                    out);
}

DistanceBounds CoarseQuery::bounds(const CoarseRows& rows, std::size_t row,
                                   std::int32_t dot) const noexcept {
  const double residual = rows.residuals[row];
  const double norm = rows.norms[row];
  const double product = 2 * scale_ * (double{rows.scales[row]} * (dot - offset_));
  const double margin = norm_ * residual;
  if (metric_ == Metric::kDot) {
    const double widened =
        (margin + (residual_ + rounding_ * (norm_ + residual_)) * norm) * (1 + kSlack);
    if (!(widened < kInfinity)) return {-kInfinity, kInfinity};
    return {-product - widened, widened - product};
  }
  if (!(margin < kInfinity) || residual == kInfinity) return {0, kInfinity};
  // norm is above what it was rounded from less one part in 2^23, or the smallest float.
  const double longest = norm * (1 + std::ldexp(1.0, -22)) + std::ldexp(1.0, -148) +
                         2 * double{rows.fine_residuals[row]};
  const double slack = kSlack * norm_squared_;
  const double least = norm_squared_ + norm * norm * (1 - kSlack) - 2 * (product + margin) - slack;
  const double most =
      (norm_squared_ + longest * longest * (1 + kSlack)) - 2 * (product - margin) + slack;
  double lower = std::sqrt(std::max(least, 0.0)) * (1 - rounding_) - residual_ * (1 + rounding_);
  double upper = std::sqrt(std::max(most, 0.0)) * (1 + rounding_) + residual_ * (1 + rounding_);
  lower = std::max(lower, 0.0) * (1 - rounding_);
  upper *= 1 + rounding_;
  if (metric_ != Metric::kCosine) return {lower, upper};
  // Between unit vectors 1 - cos is half the squared distance.
  return {std::max(lower * lower / 2 - rounding_, 0.0), upper * upper / 2 + rounding_};
}

}  // namespace edgepack::vec
