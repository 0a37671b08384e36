#pragma once

#include "sqlite/api.h"

namespace edgepack::pack {

/// Registers edgepack_version() and edgepack_info() on `database`. Throws sqlite::Error.
void register_pack(sqlite3* database);

}  // namespace edgepack::pack
