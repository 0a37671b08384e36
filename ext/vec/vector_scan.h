#pragma once
// The scan of int8 and bit columns: blocks hold the vectors themselves.

#include <span>
#include <vector>

#include "vec/search.h"

namespace edgepack::vec {

/// Keeps the nearest of the rows that it is shown.
class VectorScan {
 public:
  /// Both must outlive it.
  VectorScan(const VectorColumn& column, const SearchRequest& request);

  /// Reads the blocks on as many threads as pay. Throws what `check` throws, and std::bad_alloc.
  void scan(std::span<const ScannedBlock> blocks, const Check& check);
  std::vector<Neighbor> take_sorted() { return best_.take_sorted(); }

 private:
  void scan_block(const ScannedBlock& block, BestNeighbors& best) const;

  const VectorColumn& column_;
  const SearchRequest& request_;
  BestNeighbors best_;
};

}  // namespace edgepack::vec
