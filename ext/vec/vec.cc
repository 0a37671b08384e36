#include "vec/vec.h"

namespace edgepack::vec {

void register_vec(sqlite3*) {}

}  // namespace edgepack::vec
