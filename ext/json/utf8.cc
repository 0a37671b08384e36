#include "json/utf8.h"

#include <algorithm>
#include <memory>
#include <simdjson.h>

namespace edgepack::json {
namespace {

bool continues(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

bool is_valid_utf8(std::string_view text, Patience& patience) {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
  constexpr std::size_t kBytesPerStep = 64;
  while (!text.empty()) {
    std::size_t size = std::min(kPieceBytes, text.size());
    // A piece ends before a character: no valid one has more than three bytes behind its first.
    for (int back = 0; back < 3 && size < text.size() && continues(text[size]); ++back) --size;
    if (!simdjson::validate_utf8(text.data(), size)) return false;
    patience.spend(size / kBytesPerStep);
    text.remove_prefix(size);
  }
  return true;
}

void choose_utf8_validator() {
  constexpr std::size_t kMoreThanNeeded = 4096;
  std::make_unique<char[]>(kMoreThanNeeded).reset();
  static_cast<void>(simdjson::get_active_implementation()->name());
}

std::uint32_t take_code_point(std::string_view* text, bool lenient) noexcept {
  if (text->empty()) return kNoCodePoint;
  const auto first = static_cast<unsigned char>(text->front());
  if (first < 0x80) {
    text->remove_prefix(1);
    return first;
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text->size() < length) return kNoCodePoint;
  std::uint32_t code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues((*text)[i])) return kNoCodePoint;
    code = code << 6 | (static_cast<unsigned char>((*text)[i]) & 0x3FU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF) return kNoCodePoint;
  if (!lenient && code >= 0xD800 && code < 0xE000) return kNoCodePoint;
  text->remove_prefix(length);
  return code;
}

std::size_t count_characters(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char byte : text) count += !continues(byte);
  return count;
}

std::size_t position_of(std::string_view text, std::size_t byte) noexcept {
  return count_characters(text.substr(0, byte)) + 1;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 200;
  constexpr char kDigits[] = "0123456789abcdef";
  if (text.size() > kLongest) {
    std::size_t end = kLongest;
    while (end > 0 && continues(text[end])) --end;
    text = text.substr(0, end);
  }
  std::string shown;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20) {
      shown += c;
    } else {
      shown += "\\u00";
      shown += kDigits[c >> 4];
      shown += kDigits[c & 15];
    }
  }
  return shown;
}

}  // namespace edgepack::json
