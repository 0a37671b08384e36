#pragma once
// The blocks of a table: t_blocks, and through it t_codes and t_metadata.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sqlite/statement.h"
#include "vec/block.h"
#include "vec/block_count.h"
#include "vec/code_table.h"
#include "vec/metadata_table.h"
#include "vec/open_block.h"
#include "vec/shadow_tables.h"

namespace edgepack::vec {

/// What the blocks hold of a row. Borrowed.
struct BlockRow {
  sqlite3_int64 rowid;
  /// One for each vector column.
  std::span<const VectorView> vectors;
  /// One for each metadata column, of its type or NULL.
  std::span<const sqlite::Value> metadata;
};

/// What an UPDATE changes of it; what is empty stays.
struct BlockChange {
  std::span<const std::optional<VectorView>> vectors;
  std::optional<std::span<const sqlite::Value>> metadata;
};

/// In front of the name of t_blocks: a SELECT that read_header() reads.
inline constexpr const char* kSelectHeader =
    "SELECT block, list, capacity, versions, used, text_end, has_free, checksum FROM ";
inline constexpr int kHeaderHasFree = 6;
/// Reads the row of t_blocks that `row` stands on, and checks it. Throws Corruption.
void read_header(const sqlite::Statement& row, const BlockLayout& layout, BlockHeader& header);

/// All members throw sqlite::Error, and Corruption for damage. One thread at a time.
///
/// Rows are inserted into open blocks, in memory: all members but insert(), insert_into() and
/// take_back() need that write_open() was called since.
class BlockTable {
 public:
  /// Both must outlive it.
  BlockTable(const TableName& name, const Definition& definition);

  /// Puts a row into a free place of `list`; makes one where there is none.
  Place insert(sqlite3_int64 list, const BlockRow& row);
  /// Puts a row into this block, if it takes rows.
  std::optional<Place> insert_into(sqlite3_int64 block, const BlockRow& row);
  /// Takes back what the insert() before, which answered `place`, did. Nothing if forget_open()
  /// was called since.
  void take_back(sqlite3_int64 list, Place place) noexcept;
  /// Writes all open blocks. When SQLite refuses it, they stay as they were; when it fails in
  /// another way, every later call fails until forget_open(). Does nothing when it is called by
  /// what it does itself.
  void write_open();
  struct OpenRow {
    sqlite3_int64 rowid;
    Place place;
  };
  /// Any row that an open block took.
  std::optional<OpenRow> open_row() const noexcept;
  /// Whether its place is in use in the database.
  bool is_written(Place place);
  bool is_writing() const noexcept { return is_writing_; }
  /// The database is as it was when no block was open.
  void forget_open() noexcept;

  /// Changes a row where it is.
  void update(Place place, sqlite3_int64 rowid, const BlockChange& change);
  /// True if the block would be past its share of text after the row got `metadata`: it must move.
  bool overflows(Place place, std::span<const sqlite::Value> metadata);
  /// Takes a row out; the last one takes its block away. Answers the list of the block if that has
  /// no block any more.
  std::optional<sqlite3_int64> remove(Place place);

  /// The rows of a block, in order of position; every slot of the first column is checked.
  std::vector<sqlite3_int64> rowids(const BlockHeader& header);
  /// The block that a row is in, or any block. Throws Corruption.
  BlockHeader header(sqlite3_int64 block);
  /// The headers of all blocks of a list.
  std::vector<BlockHeader> headers(sqlite3_int64 list);
  std::vector<sqlite3_int64> lists();
  /// True if the other blocks of the list of `block` have room for `rows`, or if there are none.
  bool others_have_room(const BlockHeader& block, std::size_t rows);
  /// Removes a block with all that it holds.
  void erase(const BlockHeader& header);

  /// Throws Corruption unless the place is in use and holds `rowid` in every part.
  void verify(Place place, sqlite3_int64 rowid);
  /// The vector of an int8 or bit column.
  void read(std::size_t vector, Place place, sqlite3_int64 rowid, std::vector<std::byte>& bytes);

  const BlockLayout& layout() const noexcept { return layout_; }
  BlockCount& count() noexcept { return count_; }
  /// Null without metadata columns.
  MetadataTable* metadata() noexcept { return metadata_ ? &*metadata_ : nullptr; }

  /// Finalizes the prepared statements: the names of the tables are about to change.
  void forget_statements() noexcept;

 private:
  enum class Find { kFree, kSmall, kNumber };

  /// `key` is the list, or the number of the block. False when there is none.
  bool find(Find what, sqlite3_int64 key, BlockHeader& header);
  BlockHeader used_header(Place place);
  bool has_blocks(sqlite3_int64 list);
  /// Blocks by their lists.
  using OpenBlocks = std::map<sqlite3_int64, OpenBlock>;

  /// A block of the list that takes a row.
  OpenBlock& open(sqlite3_int64 list);
  OpenBlock& keep_open(OpenBlock&& block);
  OpenBlock opened(BlockHeader&& header, bool grows);
  OpenBlock made(sqlite3_int64 list);
  void grow(OpenBlock& block) const;
  Place add(OpenBlock& block, const BlockRow& row);
  /// Throws Corruption unless that is right which writing the block with `row` added would seal
  /// anew.
  void verify_before(OpenBlock& block, const EncodedRow& row);
  void write(OpenBlocks&& blocks);
  /// Sets `is_changed` once something is written.
  void write(OpenBlock& block, bool& is_changed);
  void renew_all(BlockHeader& header) const;
  void insert_header(const BlockHeader& header);
  void save(const BlockHeader& header, bool same_index);
  /// `before`, the name of t_blocks, `after`. Only the first time is text put together.
  sqlite::Statement& prepared(sqlite::Statement& statement, const char* before, const char* after);

  const TableName& name_;
  const Definition& definition_;
  const BlockLayout layout_;
  CodeTable codes_;
  BlockCount count_;
  std::optional<MetadataTable> metadata_;
  OpenBlocks open_;
  /// What they take in memory, about.
  std::size_t open_bytes_ = 0;
  /// Goes up with each forget_open().
  std::uint64_t forgotten_ = 0;
  bool is_writing_ = false;
  /// A write failed in the middle, and nothing was rolled back since.
  bool is_broken_ = false;
  EncodedRow row_;
  sqlite::Statement find_free_, find_small_, find_number_, find_any_, greatest_;
  sqlite::Statement find_others_;
  sqlite::Statement insert_, update_, update_indexed_, delete_;
};

}  // namespace edgepack::vec
