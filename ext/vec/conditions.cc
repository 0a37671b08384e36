#include "vec/conditions.h"

#include <new>

namespace edgepack::vec {
namespace {

using sqlite::Value;

std::vector<Operand> operands_of(ValueType type, Comparison comparison, Value value,
                                 const Check& check) {
  std::vector<Operand> operands;
  if (comparison != Comparison::kIn) {
    operands.emplace_back(type, value);
    return operands;
  }
  sqlite3_value* item = nullptr;
  int code = sqlite3_vtab_in_first(value.get(), &item);
  StepCheck steps(check);
  for (; code == SQLITE_OK; code = sqlite3_vtab_in_next(value.get(), &item)) {
    steps.step();
    operands.emplace_back(type, Value(item));
  }
  if (code == SQLITE_NOMEM) throw std::bad_alloc();
  if (code != SQLITE_DONE) {
    throw sqlite::Error::verbatim(std::string("Error fetching next value in `x in (...)` ") +
                                      (type == ValueType::kText ? "text" : "integer") +
                                      " expression",
                                  code);
  }
  return operands;
}

/// True if a ColumnTest decides as the connection's SQLite does.
bool is_decidable(sqlite3* database, const ValueColumn& column, const PlanStep& step,
                  const std::vector<Operand>& operands) {
  const bool is_text = column.type == ValueType::kText;
  if (!is_for_blocks(is_text, step.comparison,
                     step.collation.empty() ? nullptr : step.collation.data())) {
    return false;
  }
  if (step.comparison != Comparison::kLike && step.comparison != Comparison::kGlob) return true;
  return operands.front().scalar().type != SQLITE_BLOB &&
         is_built_in(database, step.comparison == Comparison::kLike ? "like" : "glob");
}

}  // namespace

void Conditions::add(const Definition& definition, const ShadowStore& store, const PlanStep& step,
                     Value value, bool may_recheck, const Check& check) {
  const ColumnReference reference = definition.columns[step.column];
  const std::size_t number = definition.value_number(reference);
  const ValueColumn& column = definition.value_column(number);
  std::vector<Operand> operands = operands_of(column.type, step.comparison, value, check);
  const int row_column = store.columns().value(number);
  sqlite3* const database = store.name().database;
  if (!is_decidable(database, column, step, operands)) {
    if (may_recheck) return;
    rows.emplace_back(database, row_column, step.comparison, step.collation, std::move(operands));
    return;
  }
  ColumnTest test(column.type, step.comparison, std::move(operands));
  switch (reference.kind) {
    case ColumnKind::kPartitionKey:
      partition_keys.push_back({reference.index, std::move(test)});
      break;
    case ColumnKind::kMetadata:
      metadata.push_back({reference.index, std::move(test)});
      break;
    default:
      rows.emplace_back(row_column, std::move(test));
  }
}

}  // namespace edgepack::vec
