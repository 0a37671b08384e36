#include "sqlite/testing/host.h"

#include <sqlite3.h>

#include "sqlite/program.h"

namespace edgepack::testing {

const sqlite3_api_routines* host_routines() { return sqlite::linked_routines(); }

long long bytes_in_use() { return sqlite3_memory_used(); }

}  // namespace edgepack::testing
