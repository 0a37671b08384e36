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

void register_modules(sqlite3* database, std::span<const Module> table,
                      const std::shared_ptr<void>& state) {
  for (const Module& module : table) {
    auto kept = std::make_unique<std::shared_ptr<void>>(state);
    // SQLite calls the destructor even when the registration fails.
    const int code = sqlite3_create_module_v2(
        database, module.name, module.methods, kept.release(),
        [](void* pointer) { delete static_cast<std::shared_ptr<void>*>(pointer); });
    if (code != SQLITE_OK) {
      throw Error::from(database, {.operation = "register module", .object = module.name});
    }
  }
}

}  // namespace edgepack::sqlite
