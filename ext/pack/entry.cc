#include "sqlite/entry.h"

#include "json/json.h"
#include "pack/pack.h"
#include "replica/replica.h"
#include "vec/vec.h"

EDGEPACK_ENTRY sqlite3_edgepack_init(sqlite3* database, char** message,
                                     const sqlite3_api_routines* routines) {
  return edgepack::sqlite::enter(database, message, routines, [](sqlite3* opened) {
    edgepack::vec::register_vec(opened);
    edgepack::json::register_json(opened);
    edgepack::replica::register_replica(opened);
    edgepack::pack::register_pack(opened);
  });
}
