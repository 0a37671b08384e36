#pragma once
// The scan of a table's blocks: what is in memory from there, the rest from the database.

#include <memory>

#include "vec/block_directory.h"
#include "vec/store.h"

namespace edgepack::vec {

/// A scan of vector column `vector` in the blocks of `directory`, of the rows that `filter` chooses
/// (null means all). All references must outlive it.
std::unique_ptr<BlockScan> scan_blocks(const TableName& name, const Definition& definition,
                                       BlockTable& blocks,
                                       std::shared_ptr<BlockDirectory> directory,
                                       std::size_t vector, const RowFilter* filter);

}  // namespace edgepack::vec
