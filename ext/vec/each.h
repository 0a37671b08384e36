#pragma once
// vec_each(vector): a table with a row for each element.

#include "sqlite/table.h"

namespace edgepack::vec {

/// The module of vec_each, sqlite-vec's table function: rowid is the place of the element, from 0;
/// `value` a REAL, or an INTEGER for int8 and bit. Bits come in the order of vec_to_json(). An
/// argument that is no vector is an error with parse_vector()'s text.
const sqlite3_module* each_module();

}  // namespace edgepack::vec
