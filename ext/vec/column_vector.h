#pragma once
// Vectors given for a column: by a query, an INSERT or an UPDATE.

#include "vec/definition.h"
#include "vec/vector.h"

namespace edgepack::vec {

enum class VectorUse { kQuery, kInserted, kUpdated };

/// Reads a vector of the column's type and dimensions as parse_vector() does. A BLOB without a
/// subtype that has just the size of the column's vectors is taken as one: subtypes are lost where
/// SQLite copies values, as in INSERT ... SELECT. Floats of another type are rounded to the
/// column's. Throws sqlite::Error with sqlite-vec's texts.
Vector read_column_vector(const VectorColumn& column, sqlite::Value value, VectorUse use);

}  // namespace edgepack::vec
