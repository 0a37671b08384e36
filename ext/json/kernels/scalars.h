#pragma once
// Numbers and names, one at a time.

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

}  // namespace
}  // namespace edgepack::json::kernels
