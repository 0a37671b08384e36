#pragma once
// The twins under the names of the built-in functions.

#include "sqlite/api.h"

namespace edgepack::json {

/// Puts the twins in the place of the functions and tables that they follow, on `database`. Works
/// while statements run, as load_extension() does: SQLite does not let a function be replaced then,
/// but one of another arity be added, which it prefers to every function of its own. Statements
/// that are prepared already keep the built-in ones. Throws sqlite::Error.
void register_override(sqlite3* database);

}  // namespace edgepack::json
