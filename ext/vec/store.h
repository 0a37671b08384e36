#pragma once
// What a search needs of a table's storage. A store reads through the connection's own statements,
// and so inside the snapshot of the statement that runs. One thread at a time.

#include <cstddef>
#include <memory>
#include <vector>

#include "vec/block.h"
#include "vec/row_filter.h"
#include "vec/row_set.h"

namespace edgepack::vec {

/// One block as a scan comes to it. Immutable, and so readable from any thread.
struct ScannedBlock {
  std::shared_ptr<const DecodedBlock> block;
  /// The rows that the filters of the query keep.
  RowSet wanted;
  /// The block's memory is counted elsewhere (BlockCache); otherwise it goes with the last copy of
  /// `block`.
  bool is_resident = false;
  /// An earlier search has read it.
  bool is_known = false;
  /// The scan's own number of the block.
  std::size_t index = 0;
};

/// Goes once through the blocks of one vector column.
class BlockScan {
 public:
  virtual ~BlockScan() = default;

  /// Writes the next block to `block`; false after the last. Throws sqlite::Error, with
  /// SQLITE_CORRUPT_VTAB for damage.
  virtual bool next(ScannedBlock& block) = 0;
  /// Reads what `block`, which next() has written, lacks: the lower halves of its codes, unless it
  /// has them. Throws as next().
  virtual void complete(ScannedBlock& block) = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  /// Every row of the column is in exactly one block. `filter` chooses rows, null means all; blocks
  /// without a chosen row are left out. The store and the filter must outlive the scan.
  virtual std::unique_ptr<BlockScan> scan(std::size_t vector, const RowFilter* filter) = 0;

  /// Writes the whole vector of a row that a scan named. Throws sqlite::Error; a row that is not
  /// there is damage.
  virtual void read_vector(std::size_t vector, sqlite3_int64 rowid,
                           std::vector<std::byte>& bytes) = 0;
};

}  // namespace edgepack::vec
