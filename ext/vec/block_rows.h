#pragma once
// The rows of blocks that a search has before it, and how many threads they are worth.

#include <cstddef>
#include <span>

#include "vec/search.h"

namespace edgepack::vec {

/// threads(), or fewer where starting them would take longer than they save.
std::size_t threads_for(std::span<const ScannedBlock> blocks) noexcept;

/// Those of one block; null where there is none.
inline const Block* rows_at(std::span<const ScannedBlock> blocks, std::size_t index) noexcept {
  return index < blocks.size() ? &blocks[index].block->rows() : nullptr;
}

}  // namespace edgepack::vec
