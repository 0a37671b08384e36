#include "vec/ranks.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace edgepack::vec {

void ranks(Metric metric, const VectorView& query, kernels::Rows rows, std::int32_t* out) {
  const kernels::KernelSet& set = kernels::active();
  const void* q = query.bytes.data();
  switch (metric) {
    case Metric::kHamming:
      return set.hamming(q, rows, query.bytes.size(), out);
    case Metric::kL1:
      return set.l1_i8(q, rows, query.dimensions, out);
    case Metric::kDot:
      set.dot_i8(q, rows, query.dimensions, out);
      std::transform(out, out + rows.count, out, std::negate<>());
      return;
    default:
      return set.l2_squared_i8(q, rows, query.dimensions, out);
  }
}

double distance_of_rank(Metric metric, std::int32_t rank) noexcept {
  const double value = rank;
  return metric == Metric::kL2 ? std::sqrt(value) : value;
}

std::int32_t last_rank_within(Metric metric, double distance) noexcept {
  constexpr std::int32_t kGreatest = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
  // The root of a whole number was rounded; its square is less than 1 from that number.
  const double most = metric == Metric::kL2 ? distance * distance + 1 : distance;
  if (!(most < kGreatest)) return kGreatest;
  return most < kLeast ? kLeast : static_cast<std::int32_t>(std::floor(most));
}

}  // namespace edgepack::vec
