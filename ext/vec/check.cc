// vec_check: PRAGMA integrity_check for one vec0 table, on every host.

#include "vec/check.h"

#include <string>

#include "sqlite/function.h"
#include "sqlite/statement.h"
#include "vec/table.h"

namespace edgepack::vec {
namespace {

using sqlite::Arguments;
using sqlite::Context;
using sqlite::Error;
using sqlite::Statement;

/// The schema in which SQLite finds `table`, among all or only the one `wanted`; empty if there is
/// none.
std::string schema_of(sqlite3* database, const std::string& table, const std::string* wanted) {
  Statement schemas(database, "PRAGMA database_list");
  std::string found;
  while (schemas.step()) {
    const std::string schema(schemas.column_text(1));
    if (wanted != nullptr && sqlite3_stricmp(schema.c_str(), wanted->c_str()) != 0) continue;
    // main is listed first, but temp comes first where a statement names no schema.
    if (!found.empty() && schema != "temp") continue;
    Statement find(database, sqlite::format("SELECT 1 FROM \"%w\".sqlite_schema WHERE type = "
                                            "'table' AND name = ? COLLATE NOCASE",
                                            schema.c_str()));
    if (find.bind(1, table).step()) found = schema;
  }
  return found;
}

/// vec_check(table), vec_check(table, schema) -> 'ok', or a line for each problem.
void vec_check(Context& context, Arguments arguments) {
  sqlite3* const database = context.database();
  const std::string table(arguments[0].text());
  const std::string wanted(arguments.size() == 2 ? arguments[1].text() : std::string_view());
  const std::string schema = schema_of(database, table, arguments.size() == 2 ? &wanted : nullptr);
  VecTable* checked = nullptr;
  // Compiling a statement on it connects the table, and keeps it connected.
  Statement connect;
  if (!schema.empty()) {
    connect = Statement(
        database, sqlite::format("SELECT 1 FROM \"%w\".\"%w\"", schema.c_str(), table.c_str()));
    checked = VecTable::in_use(database, schema, table);
  }
  if (checked == nullptr) {
    throw Error({.operation = "vec_check",
                 .object = table,
                 .problem = "there is no vec0 table of this name",
                 .hint = "vec_check('table') or vec_check('table', 'schema')"});
  }
  const std::string problems = checked->integrity(false);
  context.set_text(problems.empty() ? "ok" : problems);
}

constexpr sqlite::Function kFunctions[] = {
    {"vec_check", 1, sqlite::kDirectOnly, vec_check},
    {"vec_check", 2, sqlite::kDirectOnly, vec_check},
};

}  // namespace

void register_vec_check(sqlite3* database) { sqlite::register_functions(database, kFunctions); }

}  // namespace edgepack::vec
