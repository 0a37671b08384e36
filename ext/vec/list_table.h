#pragma once
// t_lists: which partition keys a list stands for.

#include <optional>
#include <span>
#include <vector>

#include "sqlite/statement.h"
#include "vec/row_filter.h"
#include "vec/shadow_tables.h"

namespace edgepack::vec {

/// The lists of a table with partition keys. All members throw sqlite::Error, and Corruption for
/// damage. One thread at a time.
class ListTable {
 public:
  /// Both must outlive it.
  ListTable(const TableName& name, const Definition& definition) noexcept
      : name_(name), definition_(definition) {}

  /// The list of rows with these partition keys, one value for each. The one that was found last is
  /// remembered: forget_known() must be called when t_lists may have become what it was, or another
  /// object wrote to it.
  std::optional<sqlite3_int64> find(std::span<const sqlite::Value> keys);
  /// The number of the next list that is made.
  sqlite3_int64 next_number();
  /// Makes a list of rows with these partition keys, which has none.
  void insert(sqlite3_int64 list, std::span<const sqlite::Value> keys);
  void remove(sqlite3_int64 list);

  /// The lists whose partition keys fulfil all conditions, in ascending order.
  std::vector<sqlite3_int64> select(std::span<const ColumnCondition> conditions) const;

  /// SELECT list, checksum, and the partition keys in order; the caller adds WHERE.
  std::string select_columns() const;
  /// Throws Corruption unless the checksum of the list that `row` of select_columns() stands on is
  /// right.
  void verify(const sqlite::Statement& row) const;

  void forget_known() noexcept { known_.reset(); }
  void forget_statements() noexcept;

 private:
  struct Known {
    sqlite3_int64 list;
    std::vector<sqlite::OwnedValue> keys;
  };

  bool is_known(std::span<const sqlite::Value> keys) const;
  std::string columns() const;

  const TableName& name_;
  const Definition& definition_;
  std::optional<Known> known_;
  sqlite::Statement find_, greatest_, insert_, delete_;
};

}  // namespace edgepack::vec
