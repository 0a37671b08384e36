#include "vec/code_scan.h"

#include "vec/block_rows.h"
#include "vec/distance.h"
#include "vec/parallel.h"

namespace edgepack::vec {

CodeScan::CodeScan(const VectorColumn& column, const SearchRequest& request)
    : request_(request),
      query_(column.metric, request.query),
      threshold_(request.k),
      candidates_(threshold_) {}

void CodeScan::scan(std::span<const ScannedBlock> blocks, const Check& check) {
  const std::size_t threads = threads_for(blocks);
  std::vector<Worker> workers(threads, Worker(threshold_));
  for_each_index(
      blocks.size(), threads,
      [&](std::size_t thread, std::size_t index) { scan_block(blocks[index], workers[thread]); },
      check);
  for (Worker& worker : workers) candidates_.add(worker.candidates);
}

void CodeScan::scan_block(const ScannedBlock& scanned, Worker& worker) {
  const Block& rows = scanned.block->rows();
  worker.lower.resize(rows.rowids.size());
  worker.upper.resize(rows.rowids.size());
  worker.certain.clear();
  const auto scan_run = [&](std::size_t first, std::size_t count) {
    query_.bounds({part_of(rows.payload, first, count), rows.scales.data() + first,
                   rows.residuals.data() + first, rows.norms_squared.data() + first},
                  worker.lower.data() + first, worker.upper.data() + first);
    for (std::size_t row = first; row < first + count; ++row) {
      if (!threshold_.admits(worker.lower[row])) continue;
      // Rounding keeps the order, so that rounded bounds are bounds of the rounded distance.
      const double low = reported(worker.lower[row]);
      const double high = reported(worker.upper[row]);
      if (!request_.range.may_contain(low, high)) continue;
      worker.candidates.add({worker.lower[row], rows.rowids[row]});
      if (request_.range.contains_all(low, high)) worker.certain.push_back(worker.upper[row]);
    }
  };
  wanted_rows(scanned, request_).for_each_run(rows.rowids.size(), scan_run);
  threshold_.note(worker.certain);
}

}  // namespace edgepack::vec
