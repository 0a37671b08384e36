#include "json/override.h"
#include "sqlite/entry.h"

EDGEPACK_ENTRY sqlite3_jsonoverride_init(sqlite3* database, char** message,
                                         const sqlite3_api_routines* routines) {
  return edgepack::sqlite::enter(database, message, routines, edgepack::json::register_override);
}
