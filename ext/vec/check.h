#pragma once
// The SQL function vec_check.

struct sqlite3;

namespace edgepack::vec {

/// Throws sqlite::Error.
void register_vec_check(sqlite3* database);

}  // namespace edgepack::vec
