#pragma once
// Where edgepack-serve stands, as it tells on the primary's own disk (docs/serve-format.md).

#include <optional>
#include <string>

#include "replica/position.h"

namespace edgepack::replica {

/// The newest state that the server made durable.
struct ServedState {
  TransactionMark transaction;
  WalMark mark;  // of the database in that state; unknown outside of WAL mode
  std::uint32_t change_counter = 0;
  std::uint32_t page_count = 0;
};

/// Reads the state file of the served database `database_path`. Nothing if there is none, or none
/// that can be read.
std::optional<ServedState> read_served_state(const std::string& database_path);

}  // namespace edgepack::replica
