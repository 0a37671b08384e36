#include "vec/block_rows.h"

#include <algorithm>

#include "vec/parallel.h"

namespace edgepack::vec {
namespace {

/// Read in some 150 microseconds: a few times what it takes to start a thread.
constexpr std::size_t kBytesPerThread = std::size_t{4} << 20;

}  // namespace

std::size_t threads_for(std::span<const ScannedBlock> blocks) noexcept {
  std::size_t bytes = 0;
  for (const ScannedBlock& block : blocks) {
    const std::size_t rows = block.block->rows().rowids.size();
    bytes += block.block->bytes() * block.wanted.count(rows) / std::max<std::size_t>(rows, 1);
  }
  return std::min(threads(), std::max<std::size_t>(bytes / kBytesPerThread, 1));
}

}  // namespace edgepack::vec
