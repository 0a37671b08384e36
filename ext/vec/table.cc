#include "vec/table.h"

#include <string>
#include <utility>

#include "vec/plan.h"

namespace edgepack::vec {

VecTable::VecTable(const sqlite::TableArguments& arguments, Definition definition)
    : sqlite3_vtab{},
      definition_(std::move(definition)),
      layout_(definition_),
      store_({arguments.database, std::string(arguments.schema), std::string(arguments.table)},
             definition_),
      interrupt_(arguments.database) {}

std::unique_ptr<VecTable> VecTable::declare(const sqlite::TableArguments& arguments) {
  Definition definition = parse_definition(arguments.table, arguments.arguments);
  sqlite::declare_table(arguments, declared_schema(definition, arguments.table));
  sqlite::declare_innocuous(arguments.database);
  sqlite::declare_conflict_handling(arguments.database);
  return std::unique_ptr<VecTable>(new VecTable(arguments, std::move(definition)));
}

std::unique_ptr<VecTable> VecTable::create(const sqlite::TableArguments& arguments) {
  auto table = declare(arguments);
  create_shadow_tables(table->store_.name(), table->definition_);
  return table;
}

std::unique_ptr<VecTable> VecTable::connect(const sqlite::TableArguments& arguments) {
  auto table = declare(arguments);
  recognise_shadow_tables(table->store_.name());
  return table;
}

int VecTable::best_index(sqlite3_index_info& info) { return choose_plan(definition_, info); }

std::unique_ptr<VecTable::Cursor> VecTable::open() { return std::make_unique<Cursor>(*this); }

}  // namespace edgepack::vec
