#include "vec/vec.h"

#include "vec/functions.h"

namespace edgepack::vec {

void register_vec(sqlite3* database) { register_vec_functions(database); }

}  // namespace edgepack::vec
