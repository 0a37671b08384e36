#pragma once
// The headers of a table's blocks: read from the database, or kept from the last time.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vec/block_table.h"

namespace edgepack::vec {

/// Headers of blocks, and where the parts of these blocks lie in memory.
struct BlockDirectory {
  /// Checked.
  std::vector<BlockHeader> headers;
  /// Part p (as in BlockHeader::versions) of block i at [i * layout.versions() + p]; expired where
  /// it is not known or not in memory.
  std::vector<std::weak_ptr<const DecodedPart>> parts;
  /// Of BlockCache::is_past(): when the parts were last asked for.
  std::uint64_t cache_mark = 0;
};

/// Keeps the directory of all blocks for as long as sqlite::committed_state() stays the same;
/// docs/vec-format.md, "Blocks in memory". All members throw sqlite::Error, and Corruption for
/// damage, which includes a header that is missing. One thread at a time.
class BlockDirectories {
 public:
  /// All must outlive it.
  BlockDirectories(const TableName& name, BlockTable& blocks) noexcept
      : name_(name), blocks_(blocks) {}

  /// All blocks of the table, in ascending order of their numbers.
  std::shared_ptr<BlockDirectory> all();
  /// The blocks with these numbers.
  std::shared_ptr<BlockDirectory> with_numbers(std::span<const sqlite3_int64> blocks);
  /// The blocks of these lists.
  std::shared_ptr<BlockDirectory> with_lists(std::span<const sqlite3_int64> lists);

  /// The names of the tables are about to change.
  void forget() noexcept { kept_.reset(); }

 private:
  sqlite::Statement select(const char* clauses) const;
  /// Adds the headers that `rows` answers; how many these are.
  sqlite3_int64 read(sqlite::Statement& rows, BlockDirectory& directory) const;
  std::shared_ptr<BlockDirectory> finished(BlockDirectory&& directory) const;

  const TableName& name_;
  BlockTable& blocks_;
  std::shared_ptr<BlockDirectory> kept_;
  std::uint32_t kept_state_ = 0;
};

}  // namespace edgepack::vec
