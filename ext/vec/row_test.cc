#include "vec/row_test.h"

#include <algorithm>

namespace edgepack::vec {
namespace {

using sqlite::Error;
using sqlite::Statement;

const char* operator_of(Comparison comparison) noexcept {
  switch (comparison) {
    case Comparison::kEqual:
    case Comparison::kIn:
      return "=";
    case Comparison::kNotEqual:
      return "<>";
    case Comparison::kLess:
      return "<";
    case Comparison::kAtMost:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kAtLeast:
      return ">=";
    case Comparison::kIs:
    case Comparison::kIsNull:
      return "IS";
    case Comparison::kIsNot:
    case Comparison::kIsNotNull:
      return "IS NOT";
    case Comparison::kLike:
      return "LIKE";
    case Comparison::kGlob:
      return "GLOB";
    case Comparison::kRegexp:
      break;
  }
  return "REGEXP";
}

}  // namespace

bool is_built_in(sqlite3* database, std::string_view function) {
  try {
    // PRAGMA case_sensitive_like registers other functions under the same names.
    Statement others(database,
                     "SELECT total(NOT builtin), total(builtin) FROM pragma_function_list "
                     "WHERE name = ?");
    others.bind(1, function).step();
    return others.column_integer(0) == 0 && others.column_integer(1) > 0;
  } catch (const Error& error) {
    if (error.code() != SQLITE_AUTH && error.code() != SQLITE_ERROR) throw;
    return false;
  }
}

RowTest::RowTest(sqlite3* database, int column, Comparison comparison, std::string_view collation,
                 std::vector<Operand> operands)
    : column_(column), operands_(std::move(operands)) {
  std::string sql = std::string("SELECT ?1 ") + operator_of(comparison) + " ?2";
  if (!collation.empty()) {
    sql += sqlite::format(" COLLATE \"%w\"", std::string(collation).c_str());
  }
  statement_ = Statement(database, sql, SQLITE_PREPARE_PERSISTENT);
}

bool RowTest::matches(const Statement& row) {
  if (test_) return test_->matches(Scalar::of(row.column_value(column_)));
  return std::any_of(operands_.begin(), operands_.end(), [&](const Operand& operand) {
    const sqlite::Reset reset(statement_);
    statement_.bind(1, row.column_value(column_));
    bind_scalar(statement_, 2, operand.scalar());
    return statement_.step() && statement_.column_integer(0) != 0;
  });
}

}  // namespace edgepack::vec
