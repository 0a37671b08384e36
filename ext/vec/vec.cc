#include "vec/vec.h"

#include "vec/check.h"
#include "vec/config.h"
#include "vec/each.h"
#include "vec/functions.h"
#include "vec/table.h"

namespace edgepack::vec {

void register_vec(sqlite3* database) {
  register_vec_functions(database);
  register_vec_config(database);
  register_vec_check(database);
  const sqlite::Module modules[] = {{"vec0", sqlite::module_of<VecTable>()},
                                    {"vec_each", each_module()}};
  sqlite::register_modules(database, modules);
}

}  // namespace edgepack::vec
