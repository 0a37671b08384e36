#pragma once
// The scan of a table's blocks: headers from the database, what is in memory from there.

#include <memory>

#include "vec/block_table.h"
#include "vec/store.h"

namespace edgepack::vec {

/// A scan of vector column `vector`. `name`, `definition` and `blocks` must outlive it.
std::unique_ptr<BlockScan> scan_blocks(const TableName& name, const Definition& definition,
                                       BlockTable& blocks, std::size_t vector);

}  // namespace edgepack::vec
