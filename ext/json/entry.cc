#include "sqlite/entry.h"

#include "json/json.h"

EDGEPACK_ENTRY sqlite3_json_init(sqlite3* database, char** message,
                                 const sqlite3_api_routines* routines) {
  return edgepack::sqlite::enter(database, message, routines, edgepack::json::register_json);
}
