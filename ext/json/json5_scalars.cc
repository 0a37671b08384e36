#include "json/json5_scalars.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "json/lexical.h"

namespace edgepack::json {
namespace {

char* put(std::string_view text, char* out) noexcept {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

bool are_hex_digits(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; });
}

/// Takes the escape sequence that `*text` starts with, without its backslash.
char* write_escape(std::string_view* text, char* out) noexcept {
  if (text->empty()) return nullptr;
  const char letter = text->front();
  std::size_t size = 1;
  switch (letter) {
    case '\'':
      *out++ = '\'';
      break;
    case 'x':
      size = 3;
      if (text->size() < size || !are_hex_digits(text->substr(1, 2))) return nullptr;
      out = put(text->substr(1, 2), put("\\u00", out));
      break;
    case 'u':
      size = 5;
      if (text->size() < size || !are_hex_digits(text->substr(1, 4))) return nullptr;
      out = put(text->substr(0, size), put("\\", out));
      break;
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      *out++ = '\\';
      *out++ = letter;
      break;
    default:
      return nullptr;
  }
  text->remove_prefix(size);
  return out;
}

}  // namespace

char* write_json5_string(std::string_view inside, char* out, Patience* patience) {
  constexpr std::size_t kMostAtOnce = 4096;
  constexpr std::size_t kBytesPerStep = 16;
  while (!inside.empty()) {
    const std::string_view piece = inside.substr(0, kMostAtOnce);
    const auto* const special = std::find_if(piece.begin(), piece.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
    });
    const auto plain = static_cast<std::size_t>(special - piece.begin());
    out = put(piece.substr(0, plain), out);
    inside.remove_prefix(plain);
    if (patience != nullptr) patience->spend(plain / kBytesPerStep + 1);
    if (plain == piece.size()) continue;
    const char c = inside.front();
    inside.remove_prefix(1);
    if (c == '\\') {
      out = write_escape(&inside, out);
      if (out == nullptr) return nullptr;
    } else {
      const char letter = escape_letter(c);
      if (letter == '\0') return nullptr;
      *out++ = '\\';
      *out++ = letter;
    }
  }
  return out;
}

char* write_json5_integer(std::string_view number, char* out) noexcept {
  if (number.starts_with('-')) {
    *out++ = '-';
    number.remove_prefix(1);
  }
  if (number.size() < 3 || number[0] != '0' || (number[1] | 0x20) != 'x') return nullptr;
  number.remove_prefix(2);
  if (number.size() > kMaxHexDigits || !are_hex_digits(number)) return nullptr;
  std::uint64_t integer = 0;
  std::from_chars(number.data(), number.data() + number.size(), integer, 16);
  constexpr std::ptrdiff_t kMaxDecimalDigits = 20;
  return std::to_chars(out, out + kMaxDecimalDigits, integer).ptr;
}

// More digits, or an exponent, might be rounded differently with another digit beside the point.
char* write_json5_real(std::string_view number, char* out) noexcept {
  constexpr std::size_t kMaxDigits = 15;
  if (number.starts_with('-')) {
    *out++ = '-';
    number.remove_prefix(1);
  }
  if (number.size() < 2 || number.size() > kMaxDigits + 1) return nullptr;
  const std::size_t point = number.find('.');
  if (point == std::string_view::npos) return nullptr;
  const std::string_view whole = number.substr(0, point);
  const std::string_view fraction = number.substr(point + 1);
  const auto are_digits = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_digit);
  };
  if (!are_digits(whole) || !are_digits(fraction)) return nullptr;
  if (whole.size() > 1 && whole.front() == '0') return nullptr;
  out = put(whole.empty() ? "0" : whole, out);
  *out++ = '.';
  return put(fraction.empty() ? "0" : fraction, out);
}

}  // namespace edgepack::json
