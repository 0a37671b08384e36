#include "vec/search.h"

#include "vec/code_scan.h"
#include "vec/distance.h"
#include "vec/vector_scan.h"

namespace edgepack::vec {
namespace {

/// Blocks beside the cache that a search holds at a time. Those that are being decoded, and lower
/// halves of codes that they turn out to need, are not counted.
constexpr std::size_t kMostTransientBytes = std::size_t{2} << 20;

/// Calls visit(blocks, scan) for all blocks of the column, as many at a time as may be held.
template <class Visit>
void scan_blocks(Store& store, const SearchRequest& request, const Check& check, Visit&& visit) {
  const auto scan = store.scan(request.vector, request.filter);
  std::vector<ScannedBlock> blocks;
  std::size_t transient = 0;
  for (ScannedBlock block; scan->next(block); block = {}) {
    check();
    if (!block.is_resident) transient += block.block->bytes();
    blocks.push_back(std::move(block));
    if (transient < kMostTransientBytes) continue;
    visit(blocks, *scan);
    blocks.clear();
    transient = 0;
  }
  visit(blocks, *scan);
}

/// int8 and bit columns: the blocks hold the vectors, and the distances are final.
std::vector<Neighbor> search_vectors(Store& store, const VectorColumn& column,
                                     const SearchRequest& request, const Check& check) {
  VectorScan rows(column, request);
  scan_blocks(store, request, check, [&](const std::vector<ScannedBlock>& blocks, BlockScan&) {
    rows.scan(blocks, check);
  });
  return rows.take_sorted(check);
}

/// float columns: the codes choose candidates, whose full vectors give the distances.
std::vector<Neighbor> search_codes(Store& store, const VectorColumn& column,
                                   const SearchRequest& request, const Check& check) {
  CodeScan rows(column, request);
  scan_blocks(store, request, check, [&](std::vector<ScannedBlock>& blocks, BlockScan& source) {
    rows.scan(blocks, source, check);
  });
  BestNeighbors best(request.k);
  std::vector<std::byte> bytes;
  for (const CodeCandidate& candidate : rows.take_sorted(check)) {
    // The rest is farther still.
    if (best.is_full() && candidate.lower > best.limit()) break;
    check();
    store.read_vector(request.vector, candidate.rowid, bytes);
    const double exact =
        distance(column.metric, request.query, {column.type, column.dimensions, bytes});
    if (request.range.contains(reported(exact))) best.add({exact, candidate.rowid});
  }
  return best.take_sorted(check);
}

}  // namespace

std::vector<Neighbor> search(Store& store, const VectorColumn& column, const SearchRequest& request,
                             const Check& check) {
  if (request.k == 0) return {};
  return format::has_codes(column.type) ? search_codes(store, column, request, check)
                                        : search_vectors(store, column, request, check);
}

}  // namespace edgepack::vec
