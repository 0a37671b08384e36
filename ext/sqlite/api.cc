#include "sqlite/api.h"

#include <mutex>

#include "sqlite/error.h"

const sqlite3_api_routines* sqlite3_api = nullptr;

namespace edgepack::sqlite {

void bind_api(const sqlite3_api_routines* routines) {
  static std::once_flag once;
  std::call_once(once, [routines] { sqlite3_api = routines; });
  // Calls through another library's table on this library's objects would corrupt memory.
  if (sqlite3_api != routines) {
    throw Error({.operation = "load_extension",
                 .object = "edgepack",
                 .problem = "another copy of SQLite in this process has already loaded this file",
                 .hint = "load a copy of the file under a different path"});
  }
  if (sqlite3_libversion_number() < kOldestHost) {
    throw Error({.operation = "load_extension",
                 .object = "edgepack",
                 .problem = std::string("the host's SQLite is ") + sqlite3_libversion(),
                 .hint = "SQLite 3.40.0 or newer is needed"});
  }
}

}  // namespace edgepack::sqlite
