#pragma once
// Conditions of a query that are tested row by row, on rows in the order of their distances: those
// on auxiliary columns, and those that only the connection's SQLite can decide.

#include <optional>
#include <string_view>
#include <vector>

#include "sqlite/statement.h"
#include "vec/column_test.h"

namespace edgepack::vec {

/// True if the connection's function of this name with two arguments, "like" or "glob", is SQLite's
/// own, as it is without PRAGMA case_sensitive_like. False also where the host does not let us ask.
bool is_built_in(sqlite3* database, std::string_view function);

/// One condition on one column of a SELECT from t_rows. One thread at a time.
class RowTest {
 public:
  RowTest(int column, ColumnTest test) : column_(column), test_(std::move(test)) {}
  /// Leaves the comparison to SQLite. `collation` may be empty. Throws sqlite::Error.
  RowTest(sqlite3* database, int column, Comparison comparison, std::string_view collation,
          std::vector<Operand> operands);

  bool matches(const sqlite::Statement& row);

 private:
  int column_;
  std::optional<ColumnTest> test_;
  /// SELECT ?1 <comparison> ?2; for IN once for each operand.
  sqlite::Statement statement_;
  std::vector<Operand> operands_;
};

}  // namespace edgepack::vec
