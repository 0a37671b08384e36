#include "json/json5_lexical.h"

#include <algorithm>

namespace edgepack::json {

bool is_word_of_value(std::string_view word) noexcept {
  constexpr std::size_t kShortest = 3;
  constexpr std::size_t kLongest = 8;
  if (word.size() < kShortest || word.size() > kLongest) return false;
  if (std::string_view("tfnqsi").find(static_cast<char>(word.front() | 0x20)) == word.npos)
    return false;
  const auto equal_folded = [](char a, char b) { return (a | 0x20) == b; };
  for (const std::string_view value :
       {"true", "false", "null", "nan", "qnan", "snan", "inf", "infinity"}) {
    if (std::equal(word.begin(), word.end(), value.begin(), value.end(), equal_folded)) return true;
  }
  return false;
}

std::size_t wide_space(const char* text) noexcept {
  const auto starts_with = [text](const char* bytes) {
    return std::strncmp(text, bytes, std::strlen(bytes)) == 0;
  };
  if (starts_with("\xC2\xA0")) return 2;
  for (const char* space : {"\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
                            "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"}) {
    if (starts_with(space)) return 3;
  }
  // U+2000 to U+200A
  const auto last =
      static_cast<unsigned char>(text[0] == '\xE2' && text[1] == '\x80' ? text[2] : 0);
  return last >= 0x80 && last <= 0x8A ? 3 : 0;
}

}  // namespace edgepack::json
