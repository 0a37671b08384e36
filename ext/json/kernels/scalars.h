#pragma once
// Numbers and names, one at a time.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace edgepack::json::kernels {
namespace {

/// By byte: whether a number or a name may end before it. NUL is the end of the text: anywhere else
/// the text was refused for it.
struct EndsScalar {
  constexpr EndsScalar() {
    for (const char c : {' ', '\n', '\t', '\r', ',', ']', '}', '\0'}) {
      of[static_cast<unsigned char>(c)] = true;
    }
  }
  bool operator()(char c) const { return of[static_cast<unsigned char>(c)]; }
  bool of[256] = {};
};
constexpr EndsScalar kEndsScalar;

inline const char* skip_digits(const char* text) {
  while (*text >= '0' && *text <= '9') ++text;
  return text;
}

/// True when a number or a name of RFC 8259 is at `text`, with nothing stuck to it.
inline bool is_scalar(const char* text, const char* end) {
  const auto is_name = [&](const char* name, std::size_t length) {
    return static_cast<std::size_t>(end - text) >= length && std::memcmp(text, name, length) == 0 &&
           kEndsScalar(text[length]);
  };
  if (*text == 't') return is_name("true", 4);
  if (*text == 'f') return is_name("false", 5);
  if (*text == 'n') return is_name("null", 4);
  if (*text == '-') ++text;
  const char* next = skip_digits(text);
  if (next == text || (*text == '0' && next != text + 1)) return false;
  if (*next == '.') {
    text = next + 1;
    next = skip_digits(text);
    if (next == text) return false;
  }
  if (*next == 'e' || *next == 'E') {
    text = next + 1;
    if (*text == '+' || *text == '-') ++text;
    next = skip_digits(text);
    if (next == text) return false;
  }
  return kEndsScalar(*next);
}

/// The four bytes at `text`.
inline std::uint32_t load_word(const char* text) {
  std::uint32_t word = 0;
  std::memcpy(&word, text, sizeof word);
  return word;
}

/// True when `text` is the name of JSON that starts with its first letter, which is one of t, f and
/// n, with nothing stuck to it. Reads six bytes at most. No branches: which name comes next is hard
/// to foresee.
inline bool is_name(const char* text) {
  constexpr char kLastFour[4][5] = {"alse", "null", "true", ""};
  const std::size_t skipped = *text == 'f';
  const auto letter = static_cast<unsigned char>(*text);
  const unsigned is_right = load_word(text + skipped) == load_word(kLastFour[letter >> 3 & 3]);
  return (is_right & unsigned{kEndsScalar(text[skipped + 4])}) != 0;
}

/// True when an integer of RFC 8259 or one with a fraction is at `text`, with nothing stuck to it,
/// and all of it is in the bytes that `digits` describes: the lowest bit is set if the first byte
/// is a digit, and so on.
inline bool is_short_number(const char* text, std::uint32_t digits) {
  const std::size_t sign = *text == '-';
  const auto length = static_cast<std::size_t>(std::countr_one(digits >> sign));
  const char* const end = text + sign + length;
  if (length == 0 || (length != 1 && text[sign] == '0')) return false;
  if (kEndsScalar(*end)) return true;
  if (*end != '.' || sign + length >= 31) return false;
  const auto fraction = static_cast<std::size_t>(std::countr_one(digits >> (sign + length + 1)));
  return fraction != 0 && kEndsScalar(end[fraction + 1]);
}

}  // namespace
}  // namespace edgepack::json::kernels
