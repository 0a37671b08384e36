#pragma once
// How many threads the rows of blocks are worth.

#include <cstddef>
#include <span>

#include "vec/search.h"

namespace edgepack::vec {

/// threads(), or fewer where starting them would take longer than they save.
std::size_t threads_for(std::span<const ScannedBlock> blocks) noexcept;

}  // namespace edgepack::vec
