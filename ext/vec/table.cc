#include "vec/table.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "vec/plan.h"
#include "vec/table_check.h"

namespace edgepack::vec {
namespace {

/// The tables of all connections of the process, so that vec_check() finds the one that it is
/// called for: SQLite has no way from a function to a virtual table.
struct TablesInUse {
  std::mutex mutex;
  std::vector<VecTable*> tables;
};

TablesInUse& tables_in_use() {
  static TablesInUse& tables = *new TablesInUse;  // outlives every connection
  return tables;
}

}  // namespace

VecTable::VecTable(const sqlite::TableArguments& arguments, Definition definition)
    : sqlite3_vtab{},
      definition_(std::move(definition)),
      layout_(definition_),
      store_({arguments.database, std::string(arguments.schema), std::string(arguments.table)},
             definition_),
      interrupt_(arguments.database) {
  TablesInUse& all = tables_in_use();
  const std::lock_guard lock(all.mutex);
  all.tables.push_back(this);
}

VecTable::~VecTable() {
  TablesInUse& all = tables_in_use();
  const std::lock_guard lock(all.mutex);
  std::erase(all.tables, this);
}

VecTable* VecTable::in_use(sqlite3* database, const std::string& schema, const std::string& table) {
  TablesInUse& all = tables_in_use();
  const std::lock_guard lock(all.mutex);
  const auto found = std::find_if(all.tables.begin(), all.tables.end(), [&](VecTable* one) {
    const TableName& name = one->store_.name();
    return name.database == database && sqlite3_stricmp(name.schema.c_str(), schema.c_str()) == 0 &&
           sqlite3_stricmp(name.table.c_str(), table.c_str()) == 0;
  });
  return found == all.tables.end() ? nullptr : *found;
}

void VecTable::savepoint(int number) {
  // One of a statement that writes the blocks goes with that statement.
  if (store_.is_writing()) return;
  store_.write();
  savepoints_ = number + 1;
}

void VecTable::release(int number) { savepoints_ = std::min(savepoints_, number); }

void VecTable::rollback_to(int number) {
  // When savepoint() fails, SQLite takes back a savepoint that it did not open.
  if (number >= savepoints_) return;
  savepoints_ = number + 1;
  store_.forget();
}

void VecTable::end_transaction() noexcept {
  savepoints_ = 0;
  store_.end_transaction();
}

std::string VecTable::integrity(bool quick) {
  store_.write_all();
  const auto problems = check_table(store_.name(), definition_,
                                    quick ? CheckDepth::kQuick : CheckDepth::kFull, check_);
  std::string lines;
  for (const std::string& problem : problems) {
    lines += (lines.empty() ? "" : "\n") + ("vec0: " + store_.name().table + ": ") + problem;
  }
  return lines;
}

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
