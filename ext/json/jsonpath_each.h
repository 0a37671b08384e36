#pragma once
// jsonpath_each(document, path): a row for each node of a JSONPath query.

#include "sqlite/table.h"

namespace edgepack::json::jsonpath {

/// The module of the table-valued function, eponymous-only and innocuous. Its columns: `value`,
/// `type` and `atom` as json_each() has them; `path`, the normalized path of the node (RFC 9535,
/// section 2.7); `pointer`, the same as a JSON Pointer (RFC 6901). A NULL argument gives no rows.
/// rowid counts from 0. The state of the module is a CursorBuffers.
const sqlite3_module* each_module();

}  // namespace edgepack::json::jsonpath
