#pragma once
// Exact nearest neighbours: scan of the blocks, selection by bounds, full vectors for what is left.

#include <cstddef>
#include <vector>

#include "vec/definition.h"
#include "vec/distance_range.h"
#include "vec/neighbor.h"
#include "vec/step_check.h"
#include "vec/store.h"

namespace edgepack::vec {

struct SearchRequest {
  std::size_t vector;
  /// Of the column's type and dimensions.
  VectorView query;
  /// Any number; memory grows with the rows that are found, not with k.
  std::size_t k;
  DistanceRange range = {};
  /// Which rows the search is about; null means all.
  const RowFilter* filter = nullptr;
};

/// The k rows nearest to the query, in the order of comes_before(): exactly the rows that comparing
/// distance() with every row would give, whatever the number of threads(). The store is used on the
/// calling thread alone. Throws what the store throws.
std::vector<Neighbor> search(Store& store, const VectorColumn& column, const SearchRequest& request,
                             const Check& check);

}  // namespace edgepack::vec
