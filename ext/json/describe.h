#pragma once
// Functions that say what a document is: the twins of json_type() and its neighbours.

#include "sqlite/function.h"

namespace edgepack::json {

/// fjson_type(document [, path]).
void type(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_array_length(document [, path]).
void array_length(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_valid(document [, flags]).
void valid(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_error_position(document).
void error_position(sqlite::Context& context, sqlite::Arguments arguments);

}  // namespace edgepack::json
