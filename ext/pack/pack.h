#pragma once

#include "sqlite/api.h"

namespace edgepack::pack {

/// Registers everything of this part on `database`. Throws sqlite::Error.
void register_pack(sqlite3* database);

}  // namespace edgepack::pack
