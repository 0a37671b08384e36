#pragma once
// Bookmarks: how far a database is, as a text that readers can wait for.

#include <optional>
#include <string>

#include "replica/session.h"
#include "replica/sync.h"
#include "sqlite/interrupt.h"

namespace edgepack::replica {

/// The bookmark of a position of a source; empty for none. Of a served database `LOG-TXID`
/// (docs/http.md, "Names"), of a file `wal-SALT-FRAME-SALT` or `change-COUNTER` (docs/replica.md).
std::string bookmark_of(const Position& position);

/// True if a replica at `position` shows what `bookmark` names: certainly. False: not yet, or the
/// two cannot be compared.
bool has_reached(const Position& position, const std::string& bookmark);

/// The bookmark of the database file `path`: of a replica, what it shows; of any other database,
/// what a replica of it reaches that has its newest commit. Throws Error.
std::string bookmark(const std::string& path, const char* vfs, sqlite::Interrupt& interrupt);

/// Syncs until the replica of `request` shows what `bookmark` names, or `timeout_ms` are over.
/// Answers whether it does. Throws Error as sync() does, and for a text that is no bookmark.
bool wait_for(const SyncRequest& request, const std::string& bookmark, int timeout_ms);

}  // namespace edgepack::replica
