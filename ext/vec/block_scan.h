#pragma once
// The scan of a table's blocks: what is in memory from there, the rest from the database.

#include <memory>
#include <optional>
#include <vector>

#include "vec/block_directory.h"
#include "vec/step_check.h"
#include "vec/store.h"

namespace edgepack::vec {

/// A scan of vector column `vector` in the blocks of `directory`, of the rows that `filter` chooses
/// (null means all). All references must outlive it.
std::unique_ptr<BlockScan> scan_blocks(const TableName& name, const Definition& definition,
                                       BlockTable& blocks,
                                       std::shared_ptr<BlockDirectory> directory,
                                       std::size_t vector, const RowFilter* filter);

/// The rows of the blocks of `directory` that fulfil the conditions of `filter` on partition keys
/// and metadata, in ascending order; nothing where these are more than `most`. The table has
/// metadata columns. Throws sqlite::Error, and what `check` throws.
std::optional<std::vector<sqlite3_int64>> choose_rows(const TableName& name,
                                                      const Definition& definition,
                                                      BlockTable& blocks,
                                                      std::shared_ptr<BlockDirectory> directory,
                                                      const RowFilter& filter, std::size_t most,
                                                      const Check& check);

}  // namespace edgepack::vec
