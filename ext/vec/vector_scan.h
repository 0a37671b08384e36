#pragma once
// The scan of int8 and bit columns: blocks hold the vectors themselves.

#include <cstdint>
#include <span>
#include <vector>

#include "vec/aligned.h"
#include "vec/search.h"

namespace edgepack::vec {

/// Keeps the nearest of the rows that it is shown.
class VectorScan {
 public:
  /// Both must outlive it.
  VectorScan(const VectorColumn& column, const SearchRequest& request);

  /// Reads the blocks on as many threads as pay. Throws what `check` throws, and std::bad_alloc.
  void scan(std::span<const ScannedBlock> blocks, const Check& check);
  std::vector<Neighbor> take_sorted(const Check& check) { return best_.take_sorted(check); }

 private:
  /// What one thread works with.
  struct Worker {
    explicit Worker(std::size_t k) : best(k) {}

    BestNeighbors best;
    /// What this thread scans next, as far as can be foreseen; null if nothing.
    const Block* next = nullptr;
    std::vector<double> distances;
    std::vector<std::int32_t> ranks;
    std::vector<std::int32_t> ranks_of_rest;
    std::vector<std::uint32_t> near;
  };

  void scan_block(const ScannedBlock& block, Worker& worker) const;
  /// Take the nearest of `count` wanted rows from number `first` on.
  void scan_by_rank(const ScannedBlock& block, std::size_t first, std::size_t count,
                    Worker& worker) const;
  void scan_by_distance(const ScannedBlock& block, std::size_t first, std::size_t count,
                        Worker& worker) const;
  /// Adds what the rest of long bit vectors has to the ranks of the `near` rows in worker.near, or
  /// of all. Answers how many are in worker.near then.
  std::size_t add_rest(const kernels::Rows& rest, std::size_t near, std::int32_t limit,
                       Worker& worker) const;
  void take(const ScannedBlock& block, std::size_t row, double distance, BestNeighbors& best) const;

  const VectorColumn& column_;
  const SearchRequest& request_;
  const AlignedVector<std::byte> query_bytes_;
  const VectorView query_;
  /// Of a vector, in the payload of a block.
  const std::size_t front_size_;
  BestNeighbors best_;
};

}  // namespace edgepack::vec
