#pragma once
// How many blocks the table and each of its lists have, so that a lost header is noticed.

#include "sqlite/statement.h"
#include "vec/shadow_tables.h"

namespace edgepack::vec {

/// The numbers kept in t_info and t_lists. All members throw sqlite::Error, and Corruption for
/// damage. One thread at a time.
class BlockCount {
 public:
  /// Both must outlive it.
  BlockCount(const TableName& name, const Definition& definition) noexcept
      : name_(name), definition_(definition) {}

  /// A block of `list` was made (`change` = 1) or erased (-1).
  void change(sqlite3_int64 list, int change);
  /// Throws Corruption unless the table has this many blocks.
  void verify(sqlite3_int64 found);
  /// Throws Corruption unless the list has this many blocks; it must be one of t_lists.
  void verify_list(sqlite3_int64 list, sqlite3_int64 found);

  /// Finalizes the prepared statements: the names of the tables are about to change.
  void forget_statements() noexcept;

 private:
  /// `before`, the name of the shadow table, `after`. Only the first time is text put together.
  sqlite::Statement& prepared(sqlite::Statement& statement, const char* before, const char* suffix,
                              const char* after);

  const TableName& name_;
  const Definition& definition_;
  sqlite::Statement change_, change_list_, read_, read_list_;
};

}  // namespace edgepack::vec
