#pragma once
// Strings and numbers of JSON5 as JSON writes them.
//
// What they become is what SQLite's json() makes of them. Each function writes at `out`, where
// there must be room for twice the bytes of its argument and four more, and returns the end of what
// it wrote; or null where SQLite's versions differ or the argument is not well-formed.

#include <string_view>

#include "json/patience.h"

namespace edgepack::json {

/// The longest integer in hexadecimal digits that fits 64 bits with its sign, less one digit.
inline constexpr std::size_t kMaxHexDigits = 15;

/// A string without its quotes, which may have JSON5's escape sequences and bare quotes. Writes no
/// quotes around it. Throws what `patience`, if any, throws.
char* write_json5_string(std::string_view inside, char* out, Patience* patience);

/// `0x1F` or `-0x1F`.
char* write_json5_integer(std::string_view number, char* out) noexcept;

/// A number without digits on one side of its point, such as `.5` or `-5.`.
char* write_json5_real(std::string_view number, char* out) noexcept;

}  // namespace edgepack::json
