#pragma once
// SQLite for a program of ours, which has no host but links libsqlite3.

struct sqlite3_api_routines;

namespace edgepack::sqlite {

/// The routine table that the linked libsqlite3 hands to extensions, for bind_api().
const sqlite3_api_routines* linked_routines();

}  // namespace edgepack::sqlite
