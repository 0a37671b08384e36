#pragma once
// Exact nearest neighbours: scan of the blocks, selection by bounds, full vectors for what is left.

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "vec/definition.h"
#include "vec/store.h"

namespace edgepack::vec {

/// One row of an answer. A NaN distance (cosine with a zero vector) comes after all others.
struct Neighbor {
  double distance;
  sqlite3_int64 rowid;
};

/// The order of an answer: by distance, then by rowid.
bool comes_before(const Neighbor& a, const Neighbor& b) noexcept;

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

struct SearchRequest {
  std::size_t vector;
  /// Of the column's type and dimensions.
  VectorView query;
  /// Any number; memory grows with the rows that are found, not with k.
  std::size_t k;
  DistanceRange range = {};
  /// Only these rows, in ascending order, without repetition.
  std::optional<std::span<const sqlite3_int64>> rowids = std::nullopt;
};

/// The k rows nearest to the query, in the order of comes_before(): exactly the rows that comparing
/// distance() with every row would give. `check` is called every few hundred microseconds and may
/// throw to stop. Throws what the store throws.
std::vector<Neighbor> search(Store& store, const VectorColumn& column, const SearchRequest& request,
                             const std::function<void()>& check);

}  // namespace edgepack::vec
