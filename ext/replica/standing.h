#pragma once
// Which recorded state a replica shows, and how that is known.

#include "replica/position_file.h"
#include "replica/snapshot.h"
#include "sqlite/interrupt.h"

namespace edgepack::replica {

/// How much is known of what the replica shows.
enum class Knowledge {
  kState,     // exactly one recorded state
  kNothing,   // ours, but its record is lost, not complete, or older than a power cut
  kForeign,   // no replica so far, but not empty
  kDiverged,  // was a replica, and somebody else wrote to it
};

struct Standing {
  Knowledge knowledge = Knowledge::kNothing;
  State state;  // kState only
};

/// True for a database that holds nothing: no bytes, or one page with an empty schema.
bool is_empty(Snapshot& base);

/// The recorded state that `base` shows by the mark of its log; nothing if none does. Reads no
/// pages.
std::optional<State> state_by_mark(const PositionFile& position, const Snapshot& base);

/// What `base`, the replica under its lock, shows: by its mark, or else by the checksum of all of
/// its pages. Throws Error with SQLITE_INTERRUPT.
Standing find_standing(const PositionFile& position, Snapshot& base, sqlite::Interrupt& interrupt);

}  // namespace edgepack::replica
