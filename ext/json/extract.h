#pragma once
// fjson_extract(), fjson_get() and fjson_value(): the twins of json_extract(), -> and ->>.

#include "sqlite/function.h"

namespace edgepack::json {

/// fjson_extract(document, path, ...).
void extract(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_get(document, path): document -> path.
void get(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_value(document, path): document ->> path.
void value(sqlite::Context& context, sqlite::Arguments arguments);

}  // namespace edgepack::json
