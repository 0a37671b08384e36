#pragma once

#include "sqlite/api.h"

namespace edgepack::json {

/// Registers everything of this part on `database`. Throws sqlite::Error.
void register_json(sqlite3* database);

}  // namespace edgepack::json
