#pragma once
// t_rows: what a table holds of each row, apart from the codes.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/statement.h"
#include "vec/block.h"
#include "vec/shadow_tables.h"

namespace edgepack::vec {

/// Columns of SELECT <RowColumns::list()> FROM t_rows, for every definition.
class RowColumns {
 public:
  explicit RowColumns(const Definition& definition);

  static constexpr int kRowid = 0;
  static constexpr int kId = 1;  // NULL without a TEXT key
  static constexpr int kChecksum = 2;
  static constexpr int kVectorsChecksum = 3;
  static constexpr int kSlot = 4;
  /// Partition key, metadata or auxiliary column `number` of Definition::values().
  int value(std::size_t number) const noexcept { return 5 + static_cast<int>(number); }
  /// -1 for a column whose vectors are in the slots.
  int vector(std::size_t vector) const noexcept { return vector_columns_[vector]; }
  /// The names, in this order, with commas.
  const std::string& list() const noexcept { return list_; }

 private:
  std::vector<int> vector_columns_;
  std::string list_;
};

/// A row to be written. Values are borrowed and must live until the write is done.
struct RowContents {
  std::optional<std::string_view> id;
  Place place = {};
  /// Of Definition::values().
  std::vector<sqlite::Value> values;
  /// One for each vector column; those of int8 and bit columns are not looked at.
  std::vector<std::span<const std::byte>> vectors;
};

/// Reads and writes the rows of one table. All members throw sqlite::Error, and Corruption for
/// damage. One thread at a time.
class RowTable {
 public:
  /// Both must outlive it.
  RowTable(const TableName& name, const Definition& definition)
      : name_(name), definition_(definition), columns_(definition) {}

  const RowColumns& columns() const noexcept { return columns_; }

  bool contains(sqlite3_int64 rowid);
  /// The row with this TEXT key.
  std::optional<sqlite3_int64> find(std::string_view id);
  /// Where a row lies in the blocks, if it is there.
  std::optional<Place> place_of(sqlite3_int64 rowid);
  /// 0 without a row.
  sqlite3_int64 greatest_rowid();
  /// The rowid for a row that was given none: the greatest plus one, at least 1. Throws when the
  /// greatest number is taken.
  sqlite3_int64 rowid_after(sqlite3_int64 greatest) const;
  /// The blocks of those of these rows that exist, in ascending order, each once.
  std::vector<sqlite3_int64> blocks_of(std::span<const sqlite3_int64> rowids);
  /// Adds a row. False, and nothing is done, if `rowid` or id is taken.
  bool insert(sqlite3_int64 rowid, const RowContents& contents);
  /// Replaces everything but rowid and id; contents.id is that of the row.
  void update(sqlite3_int64 rowid, const RowContents& contents);
  void remove(sqlite3_int64 rowid);

  /// SELECT of all columns of the row that is bound to parameter 1. The caller resets it.
  sqlite::Statement& reader() {
    return prepared(read_, [this] { return select() + " WHERE rowid = ?"; });
  }
  /// SELECT of all columns; the caller adds WHERE or ORDER BY.
  std::string select() const {
    return "SELECT " + columns_.list() + " FROM " + shadow_name(name_, "rows");
  }

  /// Throw Corruption unless all but the vectors, or all vectors, of the row that `row` stands on
  /// are right.
  void verify_values(const sqlite::Statement& row) const;
  void verify_vectors(const sqlite::Statement& row) const;

  void forget_statements() noexcept;

 private:
  std::uint32_t checksum(sqlite3_int64 rowid, const RowContents& contents) const;
  std::uint32_t vectors_checksum(sqlite3_int64 rowid, const RowContents& contents) const;
  /// Calls `body(name)` for every column that a write binds after rowid and id, in order.
  template <class Body>
  void for_each_bound(Body&& body) const;
  int bind_contents(sqlite::Statement& statement, int parameter, sqlite3_int64 rowid,
                    const RowContents& contents) const;
  /// `make_sql` is called the first time only.
  template <class MakeSql>
  sqlite::Statement& prepared(sqlite::Statement& statement, MakeSql&& make_sql) {
    if (!statement) {
      statement = sqlite::Statement(name_.database, make_sql(), SQLITE_PREPARE_PERSISTENT);
    }
    return statement;
  }
  /// `before`, the name of t_rows, `after`.
  sqlite::Statement& prepared(sqlite::Statement& statement, const char* before, const char* after) {
    return prepared(statement, [&] { return before + shadow_name(name_, "rows") + after; });
  }

  const TableName& name_;
  const Definition& definition_;
  RowColumns columns_;
  sqlite::Statement read_, contains_, find_, place_, last_, insert_, update_, remove_;
};

}  // namespace edgepack::vec
