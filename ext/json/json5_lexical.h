#pragma once
// What the text of JSON5 is made of, besides what JSON has.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "json/lexical.h"

namespace edgepack::json {

inline bool starts_name(char c) noexcept { return is_letter(c) || c == '_' || c == '$'; }
inline bool continues_name(char c) noexcept { return starts_name(c) || is_digit(c); }

/// True for the words that SQLite takes for values, in letters of any case.
bool is_word_of_value(std::string_view word) noexcept;

/// The first byte at or behind `text` that does not mean itself in a string of JSON: a control
/// character, a quote or a backslash; or an apostrophe, if that ends the string. `end` if there is
/// none before it. Eight bytes at a time: how long a string is cannot be foreseen.
template <bool kEndsWithApostrophe>
const char* end_of_run(const char* text, const char* end) noexcept {
  constexpr std::uint64_t kLow = 0x0101010101010101;
  constexpr std::uint64_t kHigh = kLow << 7;
  // Exact up to the first byte that is found, and no more is asked for.
  const auto below = [](std::uint64_t word, std::uint64_t limit) {
    return (word - kLow * limit) & ~word & kHigh;
  };
  if constexpr (std::endian::native == std::endian::little) {
    for (; static_cast<std::size_t>(end - text) >= sizeof(std::uint64_t); text += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text, sizeof word);
      // Without bit 1 the quote is next to the control characters.
      static_assert(('"' ^ 2) == 0x20);
      std::uint64_t found = below(word ^ kLow * 2, 0x21) | below(word ^ kLow * '\\', 1);
      if constexpr (kEndsWithApostrophe) found |= below(word ^ kLow * '\'', 1);
      if (found != 0) return text + std::countr_zero(found) / 8;
    }
  }
  while (text < end && static_cast<unsigned char>(*text) >= 0x20 && *text != '"' && *text != '\\' &&
         (!kEndsWithApostrophe || *text != '\'')) {
    ++text;
  }
  return text;
}

/// Bytes of the white space of JSON5 at `text`, outside ASCII; 0 if there is none.
std::size_t wide_space(const char* text) noexcept;

}  // namespace edgepack::json
