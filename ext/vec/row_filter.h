#pragma once
// Which rows of a table a search is about, as its query says.

#include <cstdint>
#include <optional>
#include <vector>

#include "vec/column_test.h"
#include "vec/row_set.h"

namespace edgepack::vec {

/// A condition on the column with this number within its kind.
struct ColumnCondition {
  std::size_t column;
  ColumnTest test;
};

/// All of it must hold. Immutable during a search, and so usable from any thread.
struct RowFilter {
  std::vector<ColumnCondition> metadata;
  /// Only rows of these lists, in ascending order.
  std::optional<std::vector<sqlite3_int64>> lists;
  /// Only these rows, in ascending order, without repetition.
  std::optional<std::vector<sqlite3_int64>> rowids;

  bool has_list(sqlite3_int64 list) const noexcept;
  /// The rows of a block that the conditions on metadata keep.
  RowSet select(const DecodedMetadata& metadata_of_block) const;
  /// Takes rows out of `rows` that are not among `rowids`; `block` has the rowids of all rows.
  void keep_rowids(std::span<const sqlite3_int64> block, RowSet& rows) const;
};

}  // namespace edgepack::vec
