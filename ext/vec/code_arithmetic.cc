#include "vec/code_arithmetic.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "vec/kernels/kernels.h"
#include "vec/rotation.h"

namespace edgepack::vec {

double rounding_of(std::size_t dimensions) noexcept {
  return std::ldexp(static_cast<double>(dimensions) + 32, -51);
}

float round_up(double value) noexcept {
  const auto rounded = static_cast<float>(value);
  // The next float away from 0 has the number behind.
  return static_cast<double>(rounded) < value
             ? std::bit_cast<float>(std::bit_cast<std::uint32_t>(rounded) + 1)
             : rounded;
}

CodedVector::CodedVector(Metric metric, const VectorView& vector) {
  const std::vector<float> given = widened(vector);
  elements.assign(given.begin(), given.end());
  if (metric == Metric::kL1) {
    for (const double element : elements) largest = std::max(largest, std::fabs(element));
    return;
  }
  rotate(elements);
  const kernels::Extent extent = kernels::active().extent(elements.data(), elements.size());
  largest = extent.largest;
  length = std::sqrt(extent.norm_squared);
  if (metric != Metric::kCosine || length == 0) return;
  const double unit = 1 / length;
  for (double& element : elements) element *= unit;
  largest *= unit;
  length = 1;
}

}  // namespace edgepack::vec
