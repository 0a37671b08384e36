#pragma once
// JSON texts of a few bytes, such as those of a column of tags.

#include <string_view>

#include "json/document.h"

namespace edgepack::json {

/// Longer texts are read by the scanner in less time.
inline constexpr std::size_t kMostShortBytes = 32;

/// Reads a text of at most kMostShortBytes byte by byte. Knows JSON without escapes, fractions,
/// exponents and white space but for single blanks behind colons and commas. False says nothing,
/// and leaves the document without tokens. `text` as for Document::read(). Throws std::bad_alloc.
bool read_short_text(std::string_view text, Document* document);

}  // namespace edgepack::json
