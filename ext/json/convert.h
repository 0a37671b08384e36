#pragma once
// Functions that make JSON text: the twins of json() and json_quote().

#include "sqlite/function.h"

namespace edgepack::json {

/// fjson(document): the document without white space.
void minify(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_quote(value): an SQL value as JSON.
void quote(sqlite::Context& context, sqlite::Arguments arguments);

}  // namespace edgepack::json
