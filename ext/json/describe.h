#pragma once
// Functions that say what a document is: the twins of json_type() and its neighbours.

#include <string_view>

#include "json/document.h"
#include "sqlite/function.h"

namespace edgepack::json {

/// The name that json_type() has for a value.
std::string_view type_name(const Document& document, Token value) noexcept;

/// fjson_type(document [, path]).
void type(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_array_length(document [, path]).
void array_length(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_valid(document [, flags]).
void valid(sqlite::Context& context, sqlite::Arguments arguments);

/// fjson_error_position(document).
void error_position(sqlite::Context& context, sqlite::Arguments arguments);

}  // namespace edgepack::json
