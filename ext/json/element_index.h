#pragma once
// fjson_index() and fjson_drop_index(): indexes on the elements of JSON arrays.

#include "sqlite/function.h"

namespace edgepack::json {

/// fjson_index(table, column, path [, name]): makes, fills and keeps up to date by triggers a table
/// with a row for each value that the path (SQLite's notation, with `[*]` for all elements of an
/// array) selects in the documents of a column. Made anew if it is there. Answers its name. All or
/// nothing. The triggers use built-in functions only, so that connections without this module can
/// write.
void create_element_index(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_drop_index(name): removes it. Answers its name.
void drop_element_index(sqlite::Context& context, sqlite::Arguments arguments);

}  // namespace edgepack::json
