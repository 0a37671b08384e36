#pragma once
// SQL values in a checksum, as docs/vec-format.md takes them.

#include "sqlite/value.h"
#include "vec/checksum.h"

namespace edgepack::vec {

/// Adds type, length and bytes. Throws std::bad_alloc.
void add_value(Checksum& sum, sqlite::Value value);

/// The same for a text that is no SQL value yet.
void add_text(Checksum& sum, std::string_view text) noexcept;

}  // namespace edgepack::vec
