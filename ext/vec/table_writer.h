#pragma once
// Which of a connection's stores for one table has open blocks: docs/vec-format.md, "Open blocks".

#include <memory>

#include "vec/shadow_tables.h"

namespace edgepack::vec {

class ShadowStore;

/// What the stores of one connection for one table share. SQLite makes a second virtual table
/// object for a table when it reads the schema anew, and keeps the first, which wrote, for the end
/// of the transaction. One thread at a time.
struct TableWriter {
  /// The store that inserted last, of all that are alive; null if there is none.
  ShadowStore* last = nullptr;
};

/// Of the table of this name on this connection. Any thread.
std::shared_ptr<TableWriter> writer_of(const TableName& name);

}  // namespace edgepack::vec
