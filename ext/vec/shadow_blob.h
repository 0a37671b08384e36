#pragma once
// Blobs of shadow tables, whose absence is damage.

#include "sqlite/statement.h"
#include "vec/block.h"
#include "vec/shadow_tables.h"

namespace edgepack::vec {

/// Runs `open`, which opens a blob of `block`; SQLite's code for a row that is not there, and for a
/// value that is no blob, becomes Corruption.
template <class Open>
auto open_or_report(sqlite3_int64 block, const char* what, Open&& open) {
  try {
    return open();
  } catch (const sqlite::Error& error) {
    if (error.code() != SQLITE_ERROR) throw;
    throw damaged_block(block, std::string("its ") + what + " are missing");
  }
}

}  // namespace edgepack::vec
