#pragma once
// t_blocks and t_codes: which slots are free, and what is in the others.

#include <memory>
#include <vector>

#include "sqlite/statement.h"
#include "vec/block.h"
#include "vec/shadow_tables.h"
#include "vec/store.h"

namespace edgepack::vec {

/// Headers and slots of all vector columns of one table. All members throw sqlite::Error, and
/// Corruption for damage. One thread at a time.
class BlockTable {
 public:
  /// Both must outlive it.
  BlockTable(const TableName& name, const Definition& definition) noexcept
      : name_(name), definition_(definition) {}

  /// Takes a free slot of `list`; makes one where there is none. Its contents are undefined until
  /// write().
  Place claim(std::size_t vector, sqlite3_int64 list);
  /// Gives the slot back; the last one takes its block away.
  void release(std::size_t vector, Place place);
  /// Gives the block a new version: before a slot is written again.
  void renew(std::size_t vector, Place place);
  void write(std::size_t vector, Place place, sqlite3_int64 rowid, const VectorView& value);

  /// Throws Corruption unless the slot is in use and holds `rowid`. Answers the bytes of the slot.
  const std::vector<std::byte>& verify(std::size_t vector, Place place, sqlite3_int64 rowid);
  /// The vector of an int8 or bit column.
  void read(std::size_t vector, Place place, sqlite3_int64 rowid, std::vector<std::byte>& bytes);

  std::unique_ptr<BlockScan> scan(std::size_t vector);

  /// Finalizes the prepared statements: the names of the tables are about to change.
  void forget_statements() noexcept;

 private:
  enum class Find { kFree, kSmall, kNumber };

  const VectorColumn& column(std::size_t vector) const { return definition_.vectors[vector]; }
  /// `key` is the list, or the number of the block. False when there is none.
  bool find(Find what, std::size_t vector, sqlite3_int64 key, BlockHeader& header);
  BlockHeader header(std::size_t vector, sqlite3_int64 block);
  BlockHeader used_header(std::size_t vector, Place place);
  BlockHeader create(std::size_t vector, sqlite3_int64 list, std::size_t capacity);
  void grow(std::size_t vector, BlockHeader& header);
  void save(BlockHeader& header, bool had_free);
  sqlite::Blob open_slots(sqlite3_int64 block, sqlite::Blob::Mode mode) const;
  sqlite::Statement& prepared(sqlite::Statement& statement, const std::string& sql);

  const TableName& name_;
  const Definition& definition_;
  sqlite::Statement find_free_, find_small_, find_number_, find_any_;
  sqlite::Statement insert_header_, insert_slots_, resize_slots_;
  sqlite::Statement update_header_, update_header_and_free_;
  sqlite::Statement delete_header_, delete_slots_;
  std::vector<std::byte> slot_;
};

}  // namespace edgepack::vec
