#pragma once
// Keeping a replica's log short.

#include "replica/wal_index.h"
#include "sqlite/interrupt.h"

namespace edgepack::replica {

/// A sync that leaves this many frames in the log checkpoints it.
inline constexpr std::uint32_t kCheckpointFrames = 1000;

/// Copies the log of `replica` into the database file as far as readers permit, and restarts it if
/// they permit all of it. `published` is the state that the sync just published; the mark that it
/// has afterwards is written to the position file (of `vfs`), durably, as the state now is. A
/// failure costs nothing but space: the next sync tries again. Throws Error with SQLITE_INTERRUPT
/// and std::bad_alloc only.
void checkpoint(const Connection& replica, const char* vfs, const WalIndexHeader& published,
                sqlite::Interrupt& interrupt);

}  // namespace edgepack::replica
