#pragma once
// t_codes: the slots of the vector columns.

#include <vector>

#include "sqlite/statement.h"
#include "vec/block.h"
#include "vec/shadow_tables.h"

namespace edgepack::vec {

/// Reads and writes the slots of one table. Which of them are in use is the header's matter. All
/// members throw sqlite::Error, and Corruption for damage. One thread at a time.
class CodeTable {
 public:
  /// Both must outlive it.
  CodeTable(const TableName& name, const Definition& definition) noexcept
      : name_(name), definition_(definition) {}

  /// Makes the slots of a block that has none, for every vector column.
  void create(const BlockHeader& header);
  /// Adds slots up to `capacity`.
  void grow(const BlockHeader& header, std::size_t capacity);
  void remove(sqlite3_int64 block);

  void write(std::size_t vector, const BlockHeader& header, Place place, sqlite3_int64 rowid,
             const VectorView& value);
  /// Splits the codes of a block whose positions are all in use, where the column allows it and
  /// they are not yet; all slots are checked first.
  void split(const BlockHeader& header);
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
  void split(std::size_t vector, const BlockHeader& header);
  void insert(sqlite3_int64 code, std::span<const std::byte> slots);
  void replace(sqlite3_int64 code, std::span<const std::byte> slots);
  sqlite::Statement& prepared(sqlite::Statement& statement, const char* sql, const char* rest);

  const TableName& name_;
  const Definition& definition_;
  sqlite::Statement create_, insert_, replace_, delete_;
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
