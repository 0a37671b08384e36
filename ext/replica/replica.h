#pragma once

#include "sqlite/api.h"

namespace edgepack::replica {

/// Registers everything of this part on `database`. Throws sqlite::Error.
void register_replica(sqlite3* database);

}  // namespace edgepack::replica
