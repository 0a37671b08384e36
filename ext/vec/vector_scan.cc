#include "vec/vector_scan.h"

#include <algorithm>
#include <functional>

#include "vec/block_rows.h"
#include "vec/distance.h"
#include "vec/parallel.h"
#include "vec/ranks.h"

namespace edgepack::vec {
namespace {

/// Reading the rest of one row in so many one by one costs as much as reading that of all rows.
constexpr std::size_t kFewNear = 12;

}  // namespace

VectorScan::VectorScan(const VectorColumn& column, const SearchRequest& request)
    : column_(column),
      request_(request),
      query_bytes_(request.query.bytes.begin(), request.query.bytes.end()),
      query_{request.query.type, request.query.dimensions, query_bytes_},
      front_size_(front_size(column.metric, request.query.bytes.size())),
      best_(request.k) {}

void VectorScan::scan(std::span<const ScannedBlock> blocks, const Check& check) {
  const std::size_t threads = threads_for(blocks);
  std::vector<Worker> workers(threads, Worker(request_.k));
  for_each_index(
      blocks.size(), threads,
      [&](std::size_t thread, std::size_t index) {
        workers[thread].next = rows_at(blocks, index + threads);
        scan_block(blocks[index], workers[thread]);
      },
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
  const Block& rows = scanned.block->rows();
  const Metric metric = column_.metric;
  const std::int32_t limit = last_rank_within(metric, worker.best.limit());
  worker.ranks.resize(std::max(worker.ranks.size(), count));
  worker.near.resize(std::max(worker.near.size(), count));
  kernels::Rows part = part_of(rows.payload, first, count);
  if (first + count == rows.payload.count && worker.next != nullptr) {
    part.after = worker.next->payload.data;
  }
  ranks(metric, {query_.type, query_.dimensions, query_.bytes.first(front_size_)}, part,
        worker.ranks.data());
  std::size_t near =
      kernels::active().at_most(limit, worker.ranks.data(), count, worker.near.data());
  if (rows.rest.data != nullptr) {
    near = add_rest(part_of(rows.rest, first, count), near, limit, worker);
  }
  for (std::size_t i = 0; i < near; ++i) {
    const std::size_t row = worker.near[i];
    take(scanned, first + row, distance_of_rank(metric, worker.ranks[row]), worker.best);
  }
}

std::size_t VectorScan::add_rest(const kernels::Rows& rest, std::size_t near, std::int32_t limit,
                                 Worker& worker) const {
  const VectorView query = {query_.type, query_.dimensions, query_.bytes.subspan(front_size_)};
  if (near * kFewNear < rest.count) {
    // All at once: each of them is a line of memory of its own.
    for (std::size_t i = 0; i < near; ++i) {
      __builtin_prefetch(part_of(rest, worker.near[i], 1).data);
    }
    for (std::size_t i = 0; i < near; ++i) {
      const std::size_t row = worker.near[i];
      std::int32_t rank = 0;
      ranks(column_.metric, query, part_of(rest, row, 1), &rank);
      worker.ranks[row] += rank;
    }
    return near;
  }
  worker.ranks_of_rest.resize(std::max(worker.ranks_of_rest.size(), rest.count));
  ranks(column_.metric, query, rest, worker.ranks_of_rest.data());
  std::transform(worker.ranks_of_rest.begin(),
                 worker.ranks_of_rest.begin() + static_cast<std::ptrdiff_t>(rest.count),
                 worker.ranks.begin(), worker.ranks.begin(), std::plus<>());
  return kernels::active().at_most(limit, worker.ranks.data(), rest.count, worker.near.data());
}

void VectorScan::scan_by_distance(const ScannedBlock& scanned, std::size_t first, std::size_t count,
                                  Worker& worker) const {
  worker.distances.resize(std::max(worker.distances.size(), count));
  distances(column_.metric, query_, part_of(scanned.block->rows().payload, first, count),
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
