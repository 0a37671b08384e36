#include "vec/distance_range.h"

namespace edgepack::vec {

void DistanceRange::at_least(double bound, bool inclusive) noexcept {
  is_bounded = true;
  if (bound > lower || (bound == lower && !inclusive)) {
    lower = bound;
    includes_lower = inclusive;
  }
}

void DistanceRange::at_most(double bound, bool inclusive) noexcept {
  is_bounded = true;
  if (bound < upper || (bound == upper && !inclusive)) {
    upper = bound;
    includes_upper = inclusive;
  }
}

bool DistanceRange::contains(double distance) const noexcept {
  if (!is_bounded) return true;
  return (includes_lower ? distance >= lower : distance > lower) &&
         (includes_upper ? distance <= upper : distance < upper);
}

bool DistanceRange::may_contain(double low, double high) const noexcept {
  if (!is_bounded) return true;
  return (includes_lower ? high >= lower : high > lower) &&
         (includes_upper ? low <= upper : low < upper);
}

bool DistanceRange::contains_all(double low, double high) const noexcept {
  return contains(low) && contains(high);
}

}  // namespace edgepack::vec
