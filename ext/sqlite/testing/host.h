#pragma once
// libsqlite3 as a host program sees it: without the routine table of a loaded module.

struct sqlite3_api_routines;

namespace edgepack::testing {

/// The routine table that the linked libsqlite3 hands to extensions.
const sqlite3_api_routines* host_routines();

/// Replaces SQLite's allocator by one that can be told to fail. Before any other use of SQLite.
void install_failing_allocator();

/// Lets `count` more allocations of SQLite and of operator new succeed, then all fail until
/// stop_failing(). Needs install_failing_allocator(). One thread.
void fail_allocations_after(long count);
/// Ends the failures; true when at least one allocation was refused.
bool stop_failing();

/// Bytes that SQLite's allocator has handed out and not got back.
long long bytes_in_use();

}  // namespace edgepack::testing
