#include "sqlite/program.h"

#include <sqlite3.h>

namespace edgepack::sqlite {
namespace {

const sqlite3_api_routines* captured = nullptr;

int capture(sqlite3*, char**, const sqlite3_api_routines* routines) {
  captured = routines;
  return SQLITE_OK;
}

using Initializer = void (*)();

}  // namespace

const sqlite3_api_routines* linked_routines() {
  if (captured != nullptr) return captured;
  const auto initializer = reinterpret_cast<Initializer>(capture);
  sqlite3* database = nullptr;
  sqlite3_auto_extension(initializer);
  sqlite3_open(":memory:", &database);
  sqlite3_close(database);
  sqlite3_cancel_auto_extension(initializer);
  return captured;
}

}  // namespace edgepack::sqlite
