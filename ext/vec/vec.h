#pragma once

#include "sqlite/api.h"

namespace edgepack::vec {

/// Registers everything of this part on `database`. Throws sqlite::Error.
void register_vec(sqlite3* database);

}  // namespace edgepack::vec
