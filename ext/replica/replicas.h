#pragma once
// The replicas that a host connection knows.

#include "replica/options.h"
#include "replica/session.h"

namespace edgepack::replica {

struct KnownReplica {
  std::string schema;  // empty: known by its path only
  Target target;
};

/// The attached databases of `database` that are replicas, then those that `session` has open.
/// Throws Error.
std::vector<KnownReplica> known_replicas(sqlite3* database, const Session& session);

}  // namespace edgepack::replica
