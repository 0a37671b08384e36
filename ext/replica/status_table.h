#pragma once
// The table-valued replica_status.

#include <memory>
#include <vector>

#include "replica/session.h"
#include "replica/status.h"
#include "sqlite/table.h"

namespace edgepack::replica {

/// `SELECT * FROM replica_status`: a row for each replica that the connection knows
/// (known_replicas()), with the column `schema` and the facts of facts_of(). Its state is the
/// connection's Session. See sqlite::module_of for the contract of its members.
class StatusTable : public sqlite3_vtab {
 public:
  class Cursor;

  static std::unique_ptr<StatusTable> connect(const sqlite::TableArguments& arguments);
  int best_index(sqlite3_index_info& info);
  std::unique_ptr<Cursor> open();

 private:
  StatusTable(sqlite3* database, std::shared_ptr<Session> session)
      : sqlite3_vtab{}, database_(database), session_(std::move(session)) {}

  sqlite3* database_;
  std::shared_ptr<Session> session_;
};

class StatusTable::Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(const StatusTable& table) : sqlite3_vtab_cursor{}, table_(table) {}

  void filter(int plan, const char* plan_text, sqlite::Arguments arguments);
  void next() noexcept { ++row_; }
  bool at_end() const noexcept { return row_ >= rows_.size(); }
  void column(sqlite::Context& context, int column);
  sqlite3_int64 rowid() const noexcept { return static_cast<sqlite3_int64>(row_) + 1; }

 private:
  struct Row {
    std::string schema;
    std::vector<Fact> facts;
  };
  const StatusTable& table_;
  std::vector<Row> rows_;
  std::size_t row_ = 0;
};

}  // namespace edgepack::replica
