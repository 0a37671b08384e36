#pragma once
// Making a replica an ordinary database again.

#include <string>

#include "sqlite/interrupt.h"

namespace edgepack::replica {

/// Forgets the source of the replica `path`; its data stays. Answers false if it was no replica.
/// Throws Error.
bool reset(const std::string& path, const char* vfs, sqlite::Interrupt& interrupt);

}  // namespace edgepack::replica
