#include "vec/code_arithmetic.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

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

double norm_of(std::span<const double> elements) noexcept {
  return std::sqrt(
      sum_of(elements.size(), [=](std::size_t i) { return elements[i] * elements[i]; }));
}

double largest_of(std::span<const double> elements) noexcept {
  double largest = 0;
  for (const double element : elements) largest = std::max(largest, std::fabs(element));
  return largest;
}

CodedVector::CodedVector(Metric metric, const VectorView& vector) {
  const std::vector<float> given = widened(vector);
  elements.assign(given.begin(), given.end());
  if (metric == Metric::kL1) return;
  rotate(elements);
  length = norm_of(elements);
  if (metric != Metric::kCosine || length == 0) return;
  const double unit = 1 / length;
  for (double& element : elements) element *= unit;
  length = 1;
}

}  // namespace edgepack::vec
