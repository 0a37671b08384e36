#include "sqlite/entry.h"

#include "replica/replica.h"

EDGEPACK_ENTRY sqlite3_replica_init(sqlite3* database, char** message,
                                    const sqlite3_api_routines* routines) {
  return edgepack::sqlite::enter(database, message, routines, edgepack::replica::register_replica);
}
