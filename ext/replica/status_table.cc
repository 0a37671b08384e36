#include "replica/status_table.h"

#include "replica/replicas.h"

namespace edgepack::replica {

std::unique_ptr<StatusTable> StatusTable::connect(const sqlite::TableArguments& arguments) {
  std::string columns = "schema TEXT";
  for (const Fact& fact : facts_of(Status{})) {
    columns += std::string(", ") + fact.name + (fact.type == Fact::Type::kText ? " TEXT" : " INT");
  }
  sqlite::declare_table(arguments, "CREATE TABLE x(" + columns + ")");
  // It reads files, as the function of its name does.
  sqlite3_vtab_config(arguments.database, SQLITE_VTAB_DIRECTONLY);
  return std::unique_ptr<StatusTable>(
      new StatusTable(arguments.database, std::static_pointer_cast<Session>(arguments.state)));
}

int StatusTable::best_index(sqlite3_index_info& info) {
  info.estimatedCost = 1000;
  info.estimatedRows = 3;
  return SQLITE_OK;
}

std::unique_ptr<StatusTable::Cursor> StatusTable::open() { return std::make_unique<Cursor>(*this); }

void StatusTable::Cursor::filter(int, const char*, sqlite::Arguments) {
  rows_.clear();
  row_ = 0;
  for (const KnownReplica& replica : known_replicas(table_.database_, *table_.session_)) {
    rows_.push_back({replica.schema, facts_of(status(replica.target.path, replica.target.vfs))});
  }
}

void StatusTable::Cursor::column(sqlite::Context& context, int column) {
  const Row& row = rows_[row_];
  if (column == 0) {
    if (!row.schema.empty()) context.set_text(row.schema);
    return;
  }
  const Fact& fact = row.facts[static_cast<std::size_t>(column) - 1];
  if (fact.is_null) return;
  if (fact.type == Fact::Type::kText) return context.set_text(fact.text);
  context.set_integer(fact.number);
}

}  // namespace edgepack::replica
