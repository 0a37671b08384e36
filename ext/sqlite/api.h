#pragma once
// The host's SQLite, reached through the routine table that it hands to a loaded module.
// Every other file includes this header in place of <sqlite3ext.h>.

#include <cstdint>
#include <sqlite3ext.h>

extern const sqlite3_api_routines* sqlite3_api;

// Flags that hosts newer than the build's header know; older hosts ignore the bits.
#ifndef SQLITE_RESULT_SUBTYPE
#define SQLITE_RESULT_SUBTYPE 0x001000000
#endif

namespace edgepack::sqlite {

/// The oldest host that the modules load into.
inline constexpr int kOldestHost = 3040000;

/// Subtype that marks a TEXT value as JSON for SQLite's own JSON functions.
inline constexpr unsigned kJsonSubtype = 74;

/// Makes `routines` the table that all calls of this module go through. Called first in every entry
/// point. Throws Error when the host is older than kOldestHost, or when another copy of SQLite in
/// the same process has already loaded this file (one file has room for one table). Safe from any
/// thread.
void bind_api(const sqlite3_api_routines* routines);

}  // namespace edgepack::sqlite
