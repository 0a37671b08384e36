#include "replica/replica.h"

namespace edgepack::replica {

void register_replica(sqlite3*) {}

}  // namespace edgepack::replica
