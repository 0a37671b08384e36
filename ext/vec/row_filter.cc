#include "vec/row_filter.h"

#include <algorithm>

namespace edgepack::vec {

bool RowFilter::has_list(sqlite3_int64 list) const noexcept {
  return !lists || std::binary_search(lists->begin(), lists->end(), list);
}

RowSet RowFilter::select(const DecodedMetadata& metadata_of_block) const {
  const std::size_t rows = metadata_of_block.rowids().size();
  if (metadata.empty()) return {};
  std::vector<std::uint64_t> words((rows + 63) / 64, ~std::uint64_t{0});
  for (const ColumnCondition& condition : metadata) {
    condition.test.select(metadata_of_block.column(condition.column), rows, words.data());
  }
  return RowSet::of_words(std::move(words));
}

void RowFilter::keep_rowids(std::span<const sqlite3_int64> block, RowSet& rows) const {
  if (!rowids) return;
  RowSet kept = RowSet::none_of(block.size());
  rows.for_each_run(block.size(), [&](std::size_t first, std::size_t count) {
    for (std::size_t row = first; row < first + count; ++row) {
      if (std::binary_search(rowids->begin(), rowids->end(), block[row])) kept.add(row);
    }
  });
  rows = std::move(kept);
}

}  // namespace edgepack::vec
