#pragma once
// The scan of a table's blocks: headers from the database, what is in memory from there.

#include <memory>
#include <optional>
#include <vector>

#include "vec/block_table.h"
#include "vec/store.h"

namespace edgepack::vec {

/// A scan of vector column `vector`, of the rows that `filter` chooses (null means all). `only` has
/// the blocks of these rows, in ascending order, where they are known. All references must outlive
/// it.
std::unique_ptr<BlockScan> scan_blocks(const TableName& name, const Definition& definition,
                                       BlockTable& blocks, std::size_t vector,
                                       const RowFilter* filter,
                                       std::optional<std::vector<sqlite3_int64>> only);

}  // namespace edgepack::vec
