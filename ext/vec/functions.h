#pragma once

#include "sqlite/api.h"

namespace edgepack::vec {

/// Registers the scalar functions vec_* on `database`. Throws sqlite::Error.
void register_vec_functions(sqlite3* database);

/// The parts of it.
void register_distance_functions(sqlite3* database);
void register_arithmetic_functions(sqlite3* database);

}  // namespace edgepack::vec
