#pragma once
// fjson_each() and fjson_tree(): the twins of json_each() and json_tree().

#include "sqlite/table.h"

namespace edgepack::json {

/// The modules of the table-valued functions, eponymous-only and innocuous, with the columns of the
/// built-in ones. Their state is a CursorBuffers. What only the host can say comes from its own
/// json_each() or json_tree().
const sqlite3_module* each_module();
const sqlite3_module* tree_module();

}  // namespace edgepack::json
