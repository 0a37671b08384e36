#include "vec/vec.h"

#include <array>

#include "vec/functions.h"
#include "vec/table.h"

namespace edgepack::vec {

void register_vec(sqlite3* database) {
  register_vec_functions(database);
  static const std::array kModules = {sqlite::Module{"vec0", sqlite::module_of<VecTable>()}};
  sqlite::register_modules(database, kModules);
}

}  // namespace edgepack::vec
