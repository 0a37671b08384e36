#pragma once

#include "sqlite/api.h"

namespace edgepack::vec {

/// Registers the scalar functions vec_* on `database`. Throws sqlite::Error.
void register_vec_functions(sqlite3* database);

}  // namespace edgepack::vec
