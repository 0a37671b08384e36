#pragma once
// Whether JSONB is well-formed to the last byte.

#include "json/jsonb.h"

namespace edgepack::json {

/// True when every version of SQLite that has JSONB takes all of it for well-formed, with nothing
/// of JSON5 in it, nested at most Jsonb::kMaxDepth deep. False says nothing. Throws what `patience`
/// throws.
bool is_valid(const Jsonb& jsonb, Patience* patience);

}  // namespace edgepack::json
