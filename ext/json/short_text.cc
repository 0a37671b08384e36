#include "json/short_text.h"

#include <array>
#include <cstring>

#include "json/lexical.h"

namespace edgepack::json {
namespace {

constexpr std::size_t kMostDepth = 4;
// A key, its colon, the value, all closing brackets and a comma are added without a look at the
// room.
static_assert(kMostDepth + 4 <= Document::Writer::kRoom);

/// The byte behind the string that starts at `at`; null if it is one for the scanner.
const char* skip_string(const char* at) noexcept {
  while (*++at != '"') {
    if (static_cast<unsigned char>(*at) < ' ' || *at == '\\') return nullptr;
  }
  return at + 1;
}

/// The same of a number or name.
const char* skip_plain(const char* at) noexcept {
  const bool is_negative = *at == '-';
  if (is_negative) ++at;
  if (*at == '0') return at + 1;  // no digit may follow, nor does one end a value
  if (is_digit(*at)) {
    while (is_digit(*++at)) {
    }
    return at;
  }
  if (is_negative) return nullptr;
  for (const std::string_view name : {"true", "false", "null"}) {
    if (std::strncmp(at, name.data(), name.size()) == 0) return at + name.size();
  }
  return nullptr;
}

}  // namespace

bool read_short_text(std::string_view text, Document* document) {
  Document::Writer writer(*document, text);
  const char* at = text.data();
  const auto add = [&] { writer.add(*at, static_cast<std::size_t>(at - text.data())); };
  std::array<Token, kMostDepth> openers;
  std::size_t depth = 0;
  std::array<char, kMostDepth + 1> closers{'\0'};  // of the containers that are open
  bool has_spaces = false;
  const auto skip_blank = [&] {
    if (*at != ' ') return;
    has_spaces = true;
    ++at;
  };
  for (;;) {
    writer.make_room(text.size());
    if (closers[depth] == '}') {
      if (*at != '"') return false;
      add();
      at = skip_string(at);
      if (at == nullptr || *at != ':') return false;
      add();
      ++at;
      skip_blank();
    }
    const char kind = *at;
    if ((kind | 0x20) == '{') {
      if (depth == kMostDepth) return false;
      const char closer = static_cast<char>(kind + 2);
      openers[depth] = writer.next();
      closers[++depth] = closer;
      add();
      if (*++at != closer) continue;
    } else {
      add();
      at = kind == '"' ? skip_string(at) : skip_plain(at);
      if (at == nullptr) return false;
    }
    while (depth > 0 && *at == closers[depth]) {
      writer.close(openers[--depth]);
      add();
      ++at;
    }
    if (depth == 0) break;
    if (*at != ',') return false;
    add();
    ++at;
    skip_blank();
  }
  if (at != text.data() + text.size()) return false;
  writer.finish(text, false, has_spaces);
  return true;
}

}  // namespace edgepack::json
