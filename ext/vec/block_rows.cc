#include "vec/block_rows.h"

#include <algorithm>

#include "vec/parallel.h"

namespace edgepack::vec {
namespace {

/// Read in some 150 microseconds: a few times what it takes to start a thread.
constexpr std::size_t kBytesPerThread = std::size_t{4} << 20;

}  // namespace

RowSet wanted_rows(const ScannedBlock& block, const SearchRequest& request) {
  if (!request.rowids) return block.wanted;
  const auto& rowids = block.block->rows().rowids;
  RowSet wanted = RowSet::none_of(rowids.size());
  for (std::size_t row = 0; row < rowids.size(); ++row) {
    if (block.wanted.contains(row) &&
        std::binary_search(request.rowids->begin(), request.rowids->end(), rowids[row])) {
      wanted.add(row);
    }
  }
  return wanted;
}

std::size_t threads_for(std::span<const ScannedBlock> blocks) noexcept {
  std::size_t bytes = 0;
  for (const ScannedBlock& block : blocks) bytes += block.block->bytes();
  return std::min(threads(), std::max<std::size_t>(bytes / kBytesPerThread, 1));
}

}  // namespace edgepack::vec
