#include "sqlite/table.h"

namespace edgepack::sqlite {

void declare_table(const TableArguments& arguments, const std::string& create_table_sql) {
  if (sqlite3_declare_vtab(arguments.database, create_table_sql.c_str()) != SQLITE_OK) {
    throw Error::from(arguments.database,
                      {.operation = arguments.module, .object = arguments.table});
  }
}

void declare_innocuous(sqlite3* database) {
  if (sqlite3_vtab_config(database, SQLITE_VTAB_INNOCUOUS) != SQLITE_OK) {
    throw Error::from(database, {.operation = "declare innocuous"});
  }
}

void declare_conflict_handling(sqlite3* database) {
  if (sqlite3_vtab_config(database, SQLITE_VTAB_CONSTRAINT_SUPPORT, 1) != SQLITE_OK) {
    throw Error::from(database, {.operation = "declare conflict handling"});
  }
}

void register_modules(sqlite3* database, std::span<const Module> table) {
  for (const Module& module : table) {
    if (sqlite3_create_module_v2(database, module.name, module.methods, nullptr, nullptr) !=
        SQLITE_OK) {
      throw Error::from(database, {.operation = "register module", .object = module.name});
    }
  }
}

}  // namespace edgepack::sqlite
