#pragma once
// Conditions on the distance of a row.

#include <limits>

namespace edgepack::vec {

/// Which distances an answer may have, as they are reported. Any bound leaves out NaN.
struct DistanceRange {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  bool includes_lower = true;
  bool includes_upper = true;
  bool is_bounded = false;

  void at_least(double bound, bool inclusive) noexcept;
  void at_most(double bound, bool inclusive) noexcept;
  bool contains(double distance) const noexcept;
  /// True if some value in [low, high] may be inside.
  bool may_contain(double low, double high) const noexcept;
  /// True if every value in [low, high] is inside.
  bool contains_all(double low, double high) const noexcept;
};

}  // namespace edgepack::vec
