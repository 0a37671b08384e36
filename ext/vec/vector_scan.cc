#include "vec/vector_scan.h"

#include "vec/block_rows.h"
#include "vec/distance.h"
#include "vec/parallel.h"

namespace edgepack::vec {

VectorScan::VectorScan(const VectorColumn& column, const SearchRequest& request)
    : column_(column), request_(request), best_(request.k) {}

void VectorScan::scan(std::span<const ScannedBlock> blocks, const Check& check) {
  const std::size_t threads = threads_for(blocks);
  std::vector<BestNeighbors> best(threads, BestNeighbors(request_.k));
  for_each_index(
      blocks.size(), threads,
      [&](std::size_t thread, std::size_t index) { scan_block(blocks[index], best[thread]); },
      check);
  for (const BestNeighbors& found : best) best_.add(found);
}

void VectorScan::scan_block(const ScannedBlock& scanned, BestNeighbors& best) const {
  const Block& rows = scanned.block->rows();
  std::vector<double> found(rows.rowids.size());
  scanned.wanted.for_each_stretch(found.size(), [&](std::size_t first, std::size_t n) {
    distances(column_.metric, request_.query, part_of(rows.payload, first, n),
              found.data() + first);
    for (std::size_t row = first; row < first + n; ++row) {
      if (!scanned.wanted.contains(row)) continue;
      if (found[row] > best.limit() || !request_.range.contains(reported(found[row]))) continue;
      best.add({found[row], rows.rowids[row]});
    }
  });
}

}  // namespace edgepack::vec
