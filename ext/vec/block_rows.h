#pragma once
// The rows of blocks that a search looks at, and how many threads they are worth.

#include <cstddef>
#include <span>

#include "vec/search.h"

namespace edgepack::vec {

/// The rows of `block` that the filters and `request.rowids` keep.
RowSet wanted_rows(const ScannedBlock& block, const SearchRequest& request);

/// threads(), or fewer where starting them would take longer than they save.
std::size_t threads_for(std::span<const ScannedBlock> blocks) noexcept;

}  // namespace edgepack::vec
