#include "json/json.h"

namespace edgepack::json {

void register_json(sqlite3*) {}

}  // namespace edgepack::json
