#pragma once
// libsqlite3 as a host program sees it: without the routine table of a loaded module.

struct sqlite3_api_routines;

namespace edgepack::testing {

/// The routine table that the linked libsqlite3 hands to extensions.
const sqlite3_api_routines* host_routines();

/// Bytes that SQLite's allocator has handed out and not got back.
long long bytes_in_use();

}  // namespace edgepack::testing
