#pragma once
// fjson_table and fjson_rows(): rows with a column for each of several paths, in one pass.

#include "sqlite/table.h"

namespace edgepack::json {

/// CREATE VIRTUAL TABLE name USING fjson_table(row path, column, ...), used as name(document). See
/// parse_table_definition(). Has no storage; the table may be temporary.
/// The state of both modules is a CursorBuffers.
const sqlite3_module* table_module();

/// fjson_rows(document, row path, path, ...): the same without a declaration. Its columns are
/// `number`, from 1, and `c1`, `c2` and so on: the value of the node that the path selects; NULL
/// where it selects none or several.
const sqlite3_module* rows_module();

}  // namespace edgepack::json
