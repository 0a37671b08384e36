#pragma once
// Noticing that a database changed, without reading it.

#include <cstdint>
#include <optional>

#include "sqlite/api.h"

namespace edgepack::sqlite {

/// A number for the committed state of database `schema` that the connection's read transaction
/// shows: while it stays the same, so does all that statements read of this schema. Empty where
/// nothing is known: outside of a transaction; in one that has written, or may; where a page cache
/// is shared, so that another connection may be in the middle of writing; for a database in memory,
/// which sqlite3_deserialize() may exchange. Takes some hundred nanoseconds. Call it on the thread
/// that uses the connection.
///
/// The number is SQLITE_FCNTL_DATA_VERSION. SQLite changes it with each commit of this connection,
/// and whenever it drops its page cache because a transaction begins in another state than the last
/// one: after a commit of another connection, and on the way to and back from an older snapshot. So
/// what was read under a number is as good as the pages that SQLite itself keeps.
std::optional<std::uint32_t> committed_state(sqlite3* database, const char* schema) noexcept;

}  // namespace edgepack::sqlite
