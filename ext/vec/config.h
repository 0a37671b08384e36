#pragma once

#include "sqlite/api.h"

namespace edgepack::vec {

/// Registers vec_config(name) and vec_config(name, value), and makes the connection a user of the
/// cache of blocks until it closes. Throws sqlite::Error.
void register_vec_config(sqlite3* database);

}  // namespace edgepack::vec
