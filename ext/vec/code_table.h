#pragma once
// t_codes: the slots of the vector columns.

#include <vector>

#include "sqlite/statement.h"
#include "vec/block.h"
#include "vec/open_block.h"
#include "vec/shadow_tables.h"

namespace edgepack::vec {

/// Reads and writes the slots of one table. Which of them are in use is the header's matter. All
/// members throw sqlite::Error, and Corruption for damage. One thread at a time.
class CodeTable {
 public:
  /// Both must outlive it.
  CodeTable(const TableName& name, const Definition& definition) noexcept
      : name_(name), definition_(definition) {}

  /// The slots of a row, one for each vector column.
  void encode(Place place, sqlite3_int64 rowid, std::span<const VectorView> vectors,
              std::vector<std::vector<std::byte>>& slots) const;
  /// Throws Corruption unless the blobs of a block fit its header, and, if it `grows`, are in one
  /// piece. Its slots are not looked at.
  void verify_sizes(const BlockHeader& header, bool grows);
  /// Throws Corruption unless all slots in use, of columns whose codes can be split and are not
  /// yet, are right.
  void verify_unsplit(const BlockHeader& header);
  /// Writes what the block took for vector column `vector`. Splits the codes if it `is_full` and
  /// the column allows it.
  void write(std::size_t vector, const OpenBlock& block, bool is_full);
  void remove(sqlite3_int64 block);

  /// Writes one slot that is in use.
  void write(std::size_t vector, const BlockHeader& header, Place place, sqlite3_int64 rowid,
             const VectorView& value);
  /// Throws Corruption unless the slot holds `rowid`. Answers the bytes of the slot.
  const std::vector<std::byte>& verify(std::size_t vector, const BlockHeader& header, Place place,
                                       sqlite3_int64 rowid);
  /// The vector of an int8 or bit column.
  void read(std::size_t vector, const BlockHeader& header, Place place, sqlite3_int64 rowid,
            std::vector<std::byte>& bytes);

  void forget_statements() noexcept;

 private:
  SlotCodec codec(std::size_t vector) const noexcept {
    return {definition_.vectors[vector], vector};
  }
  /// Of a blob. Throws Corruption where there is none.
  std::size_t size(sqlite3_int64 block, std::size_t part);
  SlotForm form(std::size_t vector, const BlockHeader& header);
  /// A blob of whole slots.
  std::vector<std::byte> read_whole(std::size_t vector, const BlockHeader& header) const;
  void write_runs(std::size_t vector, const OpenBlock& block);
  void write_whole(std::size_t vector, const OpenBlock& block, std::vector<std::byte>& slots);
  void write_split(std::size_t vector, const OpenBlock& block, std::span<const std::byte> slots);
  void insert(sqlite3_int64 code, std::span<const std::byte> slots);
  void replace(sqlite3_int64 code, std::span<const std::byte> slots);
  sqlite::Statement& prepared(sqlite::Statement& statement, const char* sql, const char* rest);

  const TableName& name_;
  const Definition& definition_;
  sqlite::Statement size_, insert_, replace_, delete_;
  std::vector<std::byte> slot_, upper_, lower_;
};

/// The blobs of one vector column, opened one after the other for a scan.
class CodeReader {
 public:
  /// Both must outlive it.
  CodeReader(const TableName& name, const VectorColumn& column, std::size_t vector) noexcept
      : name_(name), codec_(column, vector), vector_(vector) {}

  /// Writes the blob of the block to `slots`.
  void read(const BlockHeader& header, std::vector<std::byte>& slots);
  /// Writes the lower halves of the block's split codes to `slots`.
  void read_lower_halves(const BlockHeader& header, std::vector<std::byte>& slots);

 private:
  void open(sqlite3_int64 block, std::size_t part);
  void read_all(std::vector<std::byte>& slots) const;

  const TableName& name_;
  SlotCodec codec_;
  std::size_t vector_;
  sqlite::Blob blob_;
  bool is_open_ = false;
};

}  // namespace edgepack::vec
