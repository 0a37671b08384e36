#pragma once
// The virtual table vec0.

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sqlite/interrupt.h"
#include "sqlite/table.h"
#include "vec/definition.h"
#include "vec/row_test.h"
#include "vec/search.h"
#include "vec/shadow_store.h"

namespace edgepack::vec {

/// One vec0 table on one connection. See sqlite::module_of for the contract of its members.
class VecTable : public sqlite3_vtab {
 public:
  class Cursor;

  static std::unique_ptr<VecTable> create(const sqlite::TableArguments& arguments);
  static std::unique_ptr<VecTable> connect(const sqlite::TableArguments& arguments);
  ~VecTable();

  int best_index(sqlite3_index_info& info);
  std::unique_ptr<Cursor> open();
  void update(sqlite::Arguments arguments, sqlite3_int64& rowid);
  void begin() { store_.begin(); }
  void sync() { store_.write(); }
  void commit() { end_transaction(); }
  void rollback() { end_transaction(); }
  void savepoint(int number);
  void release(int number);
  void rollback_to(int number);
  void rename(const char* new_name) { store_.rename(new_name); }
  void destroy() { store_.drop(); }
  static bool is_shadow_name(std::string_view suffix) noexcept { return is_shadow_suffix(suffix); }
  /// A line for each problem; empty if the table is sound.
  std::string integrity(bool quick);

  /// The table of this name that the connection has in use, or null. Call it on the thread that
  /// uses the connection; the table lives until the connection's next statement ends.
  static VecTable* in_use(sqlite3* database, const std::string& schema, const std::string& table);

 private:
  VecTable(const sqlite::TableArguments& arguments, Definition definition);
  static std::unique_ptr<VecTable> declare(const sqlite::TableArguments& arguments);

  sqlite3_int64 insert(sqlite::Arguments columns, sqlite::Value rowid);
  /// Without `chosen` the row gets the next rowid.
  sqlite3_int64 insert(NewRow& row, std::optional<sqlite3_int64> chosen);
  void change(sqlite3_int64 rowid, sqlite::Arguments columns, sqlite::Value new_rowid);
  /// What INSERT INTO t(t) VALUES ('command') asks for.
  void run_command(std::string_view command);
  void refuse_hidden(sqlite::Arguments columns) const;
  /// The rowid of a value of the key column, whether there is such a row or not (a TEXT key has one
  /// only when there is).
  std::optional<sqlite3_int64> rowid_of(sqlite::Value key);
  /// The rowids of the right side of IN, in ascending order, each once.
  std::vector<sqlite3_int64> rowids_of(sqlite::Value list);
  bool is_key_of(sqlite3_int64 rowid, sqlite::Value key);
  sqlite::Value vector_value(sqlite::Arguments columns, std::size_t index) const;
  /// Calls `body(number, value)` for each partition key, metadata and auxiliary column, after
  /// check_value().
  template <class Body>
  void for_each_value(sqlite::Arguments columns, Body&& body) const;
  /// Throws, with sqlite-vec's text, unless a value may stand in the column.
  static void check_value(ColumnKind kind, const ValueColumn& column, sqlite::Value value);
  /// Removes the row that is in the way of REPLACE, or throws.
  void resolve_conflict(sqlite3_int64 rowid);
  [[noreturn]] void refuse_taken_key() const;
  void end_transaction() noexcept;

  const Definition definition_;
  const ColumnLayout layout_;
  ShadowStore store_;
  /// Savepoints that are open and that the open blocks of store_ were written for.
  int savepoints_ = 0;
  sqlite::Interrupt interrupt_;
  /// Throws once the statement was interrupted.
  const Check check_ = [this] { interrupt_.check(); };
};

class VecTable::Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(VecTable& table) : sqlite3_vtab_cursor{}, table_(table) {}

  void filter(int plan, const char* plan_text, sqlite::Arguments arguments);
  void next();
  bool at_end() const noexcept { return at_end_; }
  void column(sqlite::Context& context, int column);
  sqlite3_int64 rowid();

 private:
  void find_nearest(std::size_t vector, std::string_view roles, sqlite::Arguments arguments);
  /// Searches with request_.k; position_ is that of the first neighbour after `last`.
  void search_after(const std::optional<Neighbor>& last);
  /// Goes on from position_ to the first neighbour that fulfils row_tests_, and searches further
  /// where there is none.
  void find_accepted();
  bool accepts_row();
  void find_row(sqlite::Value key);
  /// All rows, or, where that is quicker, those that conditions on metadata choose. SQLite tests
  /// them once more.
  void scan_rows(std::string_view plan_text, sqlite::Arguments arguments);
  void next_chosen();
  void step(sqlite::Statement& rows);
  /// The row of t_rows that the cursor stands on.
  const sqlite::Statement& row();
  /// The same, checked.
  const sqlite::Statement& verified_row();
  void answer(sqlite::Context& context, ColumnReference column);

  VecTable& table_;
  bool at_end_ = true;
  /// Nearest neighbours: what is asked for, what was found so far, where the cursor stands among
  /// them. Empty for the other plans.
  bool is_nearest_ = false;
  SearchRequest request_{};
  std::vector<std::byte> query_;
  RowFilter filter_;
  std::vector<RowTest> row_tests_;
  std::vector<Neighbor> neighbors_;
  std::size_t position_ = 0;
  /// What a scan of rows goes through; without it all of them. position_ is the next.
  std::optional<std::vector<sqlite3_int64>> chosen_;
  /// What the query gave as k. Without it the rows come in order until SQLite asks for no more.
  std::optional<sqlite3_int64> k_;
  sqlite3_int64 accepted_ = 0;
  /// Statements on t_rows, made when first needed and used again by every filter().
  sqlite::Statement all_rows_;
  sqlite::Statement one_row_;
  sqlite::Statement* current_ = nullptr;
  bool one_row_is_current_ = false;
  bool row_is_verified_ = false;
};

}  // namespace edgepack::vec
