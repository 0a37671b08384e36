#pragma once
// Scalars of JSON text: what RFC 8259 allows, and what they mean.

#include <cstdint>
#include <string>
#include <string_view>

#include "json/patience.h"

namespace edgepack::json {

inline bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
/// Those of ASCII.
inline bool is_letter(char c) noexcept { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }
inline bool is_alphanumeric(char c) noexcept { return is_letter(c) || is_digit(c); }

/// True for a number without fraction and exponent: an INTEGER, if it is not too large.
inline bool is_whole(std::string_view number) noexcept {
  for (const char c : number) {
    if (c == '.' || (c | 0x20) == 'e') return false;
  }
  return true;
}

/// The first byte behind the number that starts at `text`, or null if none by RFC 8259 does. Reads
/// at most one byte that is not of the number.
const char* skip_number(const char* text) noexcept;

/// True when `number` (valid by RFC 8259, with a fraction, without an exponent) is one that every
/// version of SQLite on every processor converts to the nearest REAL; that one is then in `*real`.
bool convert_plain_real(std::string_view number, double* real) noexcept;

/// Values of hexadecimal digits, -1 for other bytes.
struct HexDigits {
  constexpr HexDigits() {
    for (std::int8_t& value : values) value = -1;
    for (int i = 0; i < 16; ++i) {
      for (const char c : {"0123456789abcdef"[i], "0123456789ABCDEF"[i]}) {
        values[static_cast<unsigned char>(c)] = static_cast<std::int8_t>(i);
      }
    }
  }
  int operator[](char c) const noexcept { return values[static_cast<unsigned char>(c)]; }
  std::int8_t values[256] = {};
};
inline constexpr HexDigits kHexDigits;

/// Value of a hexadecimal digit, or -1.
inline int hex_digit(char c) noexcept { return kHexDigits[c]; }

/// The four hexadecimal digits at `text`, or -1. Reads no more than one byte that is no such digit.
inline int hex_unit(const char* text) noexcept {
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/// Bytes of the escape sequence of RFC 8259 that the backslash at `text` starts; 0 if it starts
/// none. Reads no more than one byte that is not of it.
inline std::size_t escape_size(const char* text) noexcept {
  switch (text[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return 2;
    case 'u':
      return hex_unit(text + 2) < 0 ? 0 : 6;
    default:
      return 0;
  }
}

/// True when every backslash of `text` starts an escape sequence of RFC 8259.
bool escapes_are_valid(std::string_view text) noexcept;

/// The letter behind the backslash in the two-character escape sequence of `c`; NUL where RFC 8259
/// has none, or needs none ('/').
char escape_letter(char c) noexcept;

/// Replaces `*out` by the string that `inside` (a valid JSON string without its quotes) stands for.
/// False when that string has a NUL character or half of a surrogate pair: SQLite's versions differ
/// there. `*out` is then what the newest make of it: a NUL byte, and the half in three bytes.
/// Throws what `patience`, if any, throws, and std::bad_alloc.
bool unescape(std::string_view inside, std::string* out, Patience* patience = nullptr);

/// Appends a code point as UTF-8; half of a surrogate pair in three bytes.
void append_utf8(std::uint32_t code, std::string* out);

}  // namespace edgepack::json
