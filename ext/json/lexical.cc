#include "json/lexical.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "json/giant.h"

namespace edgepack::json {
namespace {

const char* skip_digits(const char* text) noexcept {
  while (is_digit(*text)) ++text;
  return text;
}

}  // namespace

void append_utf8(std::uint32_t code, std::string* out) {
  const auto put = [out](std::uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

const char* skip_number(const char* text) noexcept {
  if (*text == '-') ++text;
  if (*text == '0') {
    ++text;
  } else if (is_digit(*text)) {
    text = skip_digits(text + 1);
  } else {
    return nullptr;
  }
  if (*text == '.') {
    if (!is_digit(text[1])) return nullptr;
    text = skip_digits(text + 2);
  }
  if (*text == 'e' || *text == 'E') {
    ++text;
    if (*text == '+' || *text == '-') ++text;
    if (!is_digit(*text)) return nullptr;
    text = skip_digits(text + 1);
  }
  return text;
}

// SQLite's versions convert s / 10^k by a division of long doubles, by arithmetic on pairs of
// doubles, by 128-bit integers or by strtod(): with a relative error of less than 2^-60 where s and
// 10^k are exact. They may round differently only where s / 10^k lies so near to the middle of two
// doubles. With k digits behind the point it is at least 2^-54 / 5^k away from there, in relation
// to itself: up to two digits, that is enough.
bool convert_plain_real(std::string_view number, double* real) noexcept {
  constexpr int kMaxDigits = 15;  // exact in a double, as are the powers of ten
  constexpr std::size_t kNeverNearMiddle = 2;
  static constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = number.front() == '-';
  if (negative) number.remove_prefix(1);
  if (number.size() > kMaxDigits + 1) return false;
  std::int64_t significand = 0;
  std::size_t fraction_digits = 0;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (number[i] == '.') {
      fraction_digits = number.size() - i - 1;
    } else if (is_digit(number[i])) {
      significand = significand * 10 + (number[i] - '0');
    } else {
      return false;
    }
  }
  const double numerator = static_cast<double>(significand);
  const double denominator = kPowers[fraction_digits];
  const double quotient = numerator / denominator;
  if (significand == 0) {
    if (negative) return false;  // versions differ in the sign of zero
  } else if (fraction_digits > kNeverNearMiddle) {
    const double next = std::bit_cast<double>(std::bit_cast<std::uint64_t>(quotient) + 1);
    const double half_unit = (next - quotient) / 2;
    // What the division dropped; fma() makes it exact.
    const double dropped = std::fabs(std::fma(quotient, denominator, -numerator));
    if (dropped > half_unit * denominator * (1 - 1.0 / 64)) return false;
  }
  *real = negative ? -quotient : quotient;
  return true;
}

char escape_letter(char c) noexcept {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return '\0';
  }
}

bool escapes_are_valid(std::string_view text) noexcept {
  const char* const end = text.data() + text.size();
  const char* at = text.data();
  while ((at = static_cast<const char*>(
              std::memchr(at, '\\', static_cast<std::size_t>(end - at)))) != nullptr) {
    constexpr std::size_t kLongest = 6;
    char escape[kLongest] = {};
    const auto left = static_cast<std::size_t>(end - at);
    std::memcpy(escape, at, std::min(left, kLongest));
    const std::size_t size = escape_size(escape);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

bool unescape(std::string_view inside, std::string* out, Patience* patience) {
  bool versions_agree = true;
  out->clear();
  reserve_giant(out, inside.size());
  for (;;) {
    const std::size_t escape = inside.find('\\');
    append_text(inside.substr(0, escape), out, patience);
    if (patience != nullptr) patience->spend();
    if (escape == std::string_view::npos) return versions_agree;
    const char letter = inside[escape + 1];
    inside.remove_prefix(escape + 2);
    switch (letter) {
      case 'b':
        out->push_back('\b');
        break;
      case 'f':
        out->push_back('\f');
        break;
      case 'n':
        out->push_back('\n');
        break;
      case 'r':
        out->push_back('\r');
        break;
      case 't':
        out->push_back('\t');
        break;
      case 'u': {
        const int unit = hex_unit(inside.data());
        inside.remove_prefix(4);
        auto code = static_cast<std::uint32_t>(unit);
        const int low = inside.starts_with("\\u") ? hex_unit(inside.data() + 2) : -1;
        if ((unit & 0xFC00) == 0xD800 && low >= 0 && (low & 0xFC00) == 0xDC00) {
          inside.remove_prefix(6);
          code = 0x10000 + ((code & 0x3FF) << 10) + static_cast<std::uint32_t>(low & 0x3FF);
        } else if (unit == 0 || (unit & 0xF800) == 0xD800) {
          versions_agree = false;
        }
        append_utf8(code, out);
        break;
      }
      default:
        out->push_back(letter);  // stands for itself: " \ /
    }
  }
}

}  // namespace edgepack::json
