#include "sqlite/entry.h"

#include "vec/vec.h"

EDGEPACK_ENTRY sqlite3_vec_init(sqlite3* database, char** message,
                                const sqlite3_api_routines* routines) {
  return edgepack::sqlite::enter(database, message, routines, edgepack::vec::register_vec);
}
