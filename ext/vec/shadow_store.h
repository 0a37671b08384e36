#pragma once
// The store of docs/vec-format.md: rows, blocks and lists together.

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "vec/block_directory.h"
#include "vec/list_table.h"
#include "vec/row_table.h"
#include "vec/step_check.h"
#include "vec/store.h"
#include "vec/table_writer.h"

namespace edgepack::vec {

/// A row as it is inserted. Values are borrowed until the call returns.
struct NewRow {
  sqlite3_int64 rowid;
  /// Tables with a TEXT key only.
  std::optional<std::string_view> id;
  std::vector<VectorView> vectors;
  /// Of Definition::values(), of the columns' types or NULL.
  std::vector<sqlite::Value> values;
};

/// What an UPDATE changes; empty entries stay as they are. Values are borrowed until the call
/// returns.
struct RowChange {
  std::vector<std::optional<VectorView>> vectors;
  std::vector<std::optional<sqlite::Value>> values;
};

/// Keeps no state but prepared statements, what it knows to be committed (BlockDirectories), and
/// the open blocks of a transaction, which write() and forget() must be called for at the times
/// that they name. All members throw sqlite::Error; damage has the code SQLITE_CORRUPT_VTAB. Writes
/// check what can be refused before the first change. One thread at a time.
class ShadowStore : public Store {
 public:
  /// `definition` must outlive it.
  ShadowStore(TableName name, const Definition& definition);
  ShadowStore(const ShadowStore&) = delete;
  ShadowStore& operator=(const ShadowStore&) = delete;
  ~ShadowStore() override;

  const TableName& name() const noexcept { return name_; }
  const RowColumns& columns() const noexcept { return rows_.columns(); }

  bool contains(sqlite3_int64 rowid) { return rows_.contains(rowid); }
  std::optional<sqlite3_int64> find(std::string_view id) { return rows_.find(id); }
  sqlite3_int64 next_rowid();

  /// False, and nothing is done, if `row.rowid` or `row.id` is taken.
  bool insert(const NewRow& row);
  /// A rowid that is not there is damage: SQLite only changes rows that it read.
  void update(sqlite3_int64 rowid, const RowChange& change);
  void remove(sqlite3_int64 rowid);
  /// Moves rows together until as few blocks as possible hold them. Calls `check_interrupt` between
  /// rows; it may throw.
  void optimize(const std::function<void()>& check_interrupt);

  /// The transaction tells of every savepoint that is rolled back. It does not tell the object that
  /// CREATE VIRTUAL TABLE made of those that were open then: until begin() is called, write() looks
  /// for itself whether the rows are still there.
  void begin() noexcept { is_told_ = true; }
  /// Writes the open blocks. To be called before the transaction commits and before a savepoint
  /// opens; what is here that reads blocks does it itself.
  void write();
  /// While write() runs.
  bool is_writing() const noexcept { return blocks_.is_writing(); }
  /// Writes those of any store of the connection for this table.
  void write_all();
  /// Forgets them: the database is what it was when they were written.
  void forget() noexcept;
  void end_transaction() noexcept;

  std::unique_ptr<BlockScan> scan(std::size_t vector, const RowFilter* filter) override;
  /// The rows that fulfil the conditions of `filter` on partition keys and metadata, in ascending
  /// order; nothing where they are so many that going through all rows is faster. The table has
  /// metadata columns.
  std::optional<std::vector<sqlite3_int64>> choose_rows(const RowFilter& filter,
                                                        const Check& check);
  /// The lists of the rows that fulfil all conditions on partition keys, in ascending order.
  std::vector<sqlite3_int64> lists(std::span<const ColumnCondition> partition_keys);
  void read_vector(std::size_t vector, sqlite3_int64 rowid, std::vector<std::byte>& bytes) override;

  /// A statement of the caller's own: SELECT <columns().list()> FROM t_rows, then `clauses`.
  sqlite::Statement select_rows(std::string_view clauses) const;
  /// The vector of the row that `row` (of select_rows) stands on.
  void read_vector(const sqlite::Statement& row, std::size_t vector, std::vector<std::byte>& bytes);
  /// Checks everything else of that row.
  void verify_values(const sqlite::Statement& row) const;

  /// After it the store must be made anew under the new name.
  void rename(const char* new_table);
  void drop();

 private:
  /// The blocks that may hold rows that `filter` (null means all) chooses.
  std::shared_ptr<BlockDirectory> directory_of(const RowFilter* filter);
  /// Steps `row` to `rowid`, or throws Corruption.
  sqlite::Statement& row_at(sqlite3_int64 rowid);
  std::span<const sqlite::Value> partition_keys(const std::vector<sqlite::Value>& values) const;
  std::span<const sqlite::Value> metadata(const std::vector<sqlite::Value>& values) const;
  /// True if one of `count` values from `first` on changes.
  static bool changes(const RowChange& change, std::size_t first, std::size_t count);
  /// Whether the database still is the one in which rows were inserted into open blocks.
  bool has_open_rows();
  /// Before an insert: no other store has open blocks.
  void become_writer();
  std::optional<sqlite3_int64> find_list(const std::vector<sqlite::Value>& values);
  /// Made if there is none.
  sqlite3_int64 claim_list(const std::vector<sqlite::Value>& values);
  void remove_from_blocks(Place place);
  /// A row in memory of its own.
  struct OwnedRow {
    sqlite3_int64 rowid;
    std::string id;
    std::vector<std::vector<std::byte>> vectors;
    std::vector<sqlite::OwnedValue> values;
  };
  /// Checks all of the row. Throws Corruption.
  OwnedRow read_row(sqlite3_int64 rowid);
  /// All rows of a block but `except`, read before anything changes.
  std::vector<OwnedRow> read_block(const BlockHeader& header,
                                   std::optional<sqlite3_int64> except = {});
  /// The rows that a delete of the row at `place` would do well to move elsewhere, since few are
  /// left in its block; empty if it should leave them.
  std::vector<OwnedRow> stragglers(Place place, sqlite3_int64 rowid);
  /// Puts a row that is in no block into one of `list`, into the first of `preferred` that takes
  /// it; takes those that do not off the end.
  void place_row(sqlite3_int64 list, const OwnedRow& row, std::vector<sqlite3_int64>& preferred);
  void optimize_list(sqlite3_int64 list, const std::function<void()>& check_interrupt);
  void forget_statements() noexcept;

  TableName name_;
  const Definition& definition_;
  RowTable rows_;
  BlockTable blocks_;
  BlockDirectories directories_;
  ListTable lists_;
  std::shared_ptr<TableWriter> writer_;
  bool is_told_ = false;
  /// The greatest rowid, while only this store writes.
  std::optional<sqlite3_int64> greatest_rowid_;
};

}  // namespace edgepack::vec
