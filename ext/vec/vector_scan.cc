#include "vec/vector_scan.h"

#include <algorithm>

#include "vec/block_rows.h"
#include "vec/distance.h"
#include "vec/parallel.h"
#include "vec/ranks.h"

namespace edgepack::vec {

VectorScan::VectorScan(const VectorColumn& column, const SearchRequest& request)
    : column_(column), request_(request), best_(request.k) {}

void VectorScan::scan(std::span<const ScannedBlock> blocks, const Check& check) {
  const std::size_t threads = threads_for(blocks);
  std::vector<Worker> workers(threads, Worker(request_.k));
  for_each_index(
      blocks.size(), threads,
      [&](std::size_t thread, std::size_t index) { scan_block(blocks[index], workers[thread]); },
      check);
  for (const Worker& worker : workers) best_.add(worker.best, check);
}

void VectorScan::scan_block(const ScannedBlock& scanned, Worker& worker) const {
  const bool by_rank = has_ranks(column_.type, column_.metric);
  const std::size_t rows = scanned.block->rows().rowids.size();
  scanned.wanted.for_each_stretch(rows, [&](std::size_t first, std::size_t count) {
    by_rank ? scan_by_rank(scanned, first, count, worker)
            : scan_by_distance(scanned, first, count, worker);
  });
}

void VectorScan::scan_by_rank(const ScannedBlock& scanned, std::size_t first, std::size_t count,
                              Worker& worker) const {
  const Metric metric = column_.metric;
  worker.ranks.resize(std::max(worker.ranks.size(), count));
  worker.near.resize(std::max(worker.near.size(), count));
  ranks(metric, request_.query, part_of(scanned.block->rows().payload, first, count),
        worker.ranks.data());
  const std::size_t near =
      kernels::active().at_most(last_rank_within(metric, worker.best.limit()), worker.ranks.data(),
                                count, worker.near.data());
  for (std::size_t i = 0; i < near; ++i) {
    const std::size_t row = worker.near[i];
    take(scanned, first + row, distance_of_rank(metric, worker.ranks[row]), worker.best);
  }
}

void VectorScan::scan_by_distance(const ScannedBlock& scanned, std::size_t first, std::size_t count,
                                  Worker& worker) const {
  worker.distances.resize(std::max(worker.distances.size(), count));
  distances(column_.metric, request_.query, part_of(scanned.block->rows().payload, first, count),
            worker.distances.data());
  for (std::size_t row = 0; row < count; ++row) {
    take(scanned, first + row, worker.distances[row], worker.best);
  }
}

void VectorScan::take(const ScannedBlock& scanned, std::size_t row, double distance,
                      BestNeighbors& best) const {
  if (distance > best.limit() || !scanned.wanted.contains(row) ||
      !request_.range.contains(reported(distance))) {
    return;
  }
  best.add({distance, scanned.block->rows().rowids[row]});
}

}  // namespace edgepack::vec
