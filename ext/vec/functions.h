#pragma once

#include "sqlite/api.h"

namespace edgepack::vec {

/// Registers the scalar functions on `database`: vec_*, and vector* of libSQL. Throws
/// sqlite::Error.
void register_vec_functions(sqlite3* database);

/// The parts of it.
void register_libsql_functions(sqlite3* database);
void register_distance_functions(sqlite3* database);
void register_arithmetic_functions(sqlite3* database);

}  // namespace edgepack::vec
