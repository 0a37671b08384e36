#include "json/convert.h"

#include <algorithm>

#include "json/giant.h"
#include "json/twin.h"

namespace edgepack::json {
namespace {

/// The letter behind the backslash of a character's escape sequence; 0 for a character that JSON
/// text may hold as it is, whatever the version of SQLite, and kAskHost for the others.
constexpr char kAskHost = '?';
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
      return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F ? '\0' : kAskHost;
  }
}

/// Makes a JSON string of `text`. False when only the host can say how.
bool quote_text(std::string_view text, std::string* quoted, Patience& patience) {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 12;
  const auto has_escape = [](char c) { return escape_letter(c) != '\0'; };
  reserve_giant(quoted, 2 * text.size() + 2);
  quoted->assign(1, '"');
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kPieceBytes);
    const auto plain = static_cast<std::size_t>(
        std::find_if(piece.begin(), piece.end(), has_escape) - piece.begin());
    append_text(piece.substr(0, plain), quoted, &patience);
    patience.spend(plain + 1);
    text.remove_prefix(plain);
    if (plain == piece.size()) continue;
    const char letter = escape_letter(text.front());
    if (letter == kAskHost) return false;
    quoted->append(1, '\\').append(1, letter);
    text.remove_prefix(1);
  }
  *quoted += '"';
  return true;
}

}  // namespace

void minify(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_value(context, arguments, "json", Path::Notation::kPath, kPresentJson);
}

void quote(sqlite::Context& context, sqlite::Arguments arguments) {
  const SessionUse session(context);
  const sqlite::Value value = arguments[0];
  if (value.type() == SQLITE_TEXT) {
    const std::string_view text = value.text();
    if (value.subtype() == sqlite::kJsonSubtype) {
      return set_json(context, text, &session->patience);
    }
    if (quote_text(text, &session->buffer, session->patience)) {
      return set_json(context, session->buffer, &session->patience);
    }
  }
  session->host.answer(context, "json_quote", arguments);
}

}  // namespace edgepack::json
