#pragma once
// The SQL functions that evaluate JSONPath queries (RFC 9535) on JSON documents (RFC 8259).
//
// NULL documents and paths answer NULL. A path that is not valid is an error whatever the document
// is. Of equal names in an object a name selects the first; wildcards select all.

#include "json/jsonpath.h"
#include "sqlite/function.h"

namespace edgepack::json::jsonpath {

/// jsonpath_query(document, path): the nodes as a JSON array.
void query(sqlite::Context& context, sqlite::Arguments arguments);

/// jsonpath_first(document, path): the first node as an SQL value, NULL when there is none.
void first(sqlite::Context& context, sqlite::Arguments arguments);

/// jsonpath_exists(document, path): 1 when there is a node, else 0.
void exists(sqlite::Context& context, sqlite::Arguments arguments);

/// jsonpath_count(document, path): how many nodes there are.
void count(sqlite::Context& context, sqlite::Arguments arguments);

}  // namespace edgepack::json::jsonpath
