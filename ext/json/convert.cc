#include "json/convert.h"

#include <algorithm>

#include "json/giant.h"
#include "json/lexical.h"
#include "json/twin.h"

namespace edgepack::json {
namespace {

/// True for a character that the host may have to write: SQLite's versions differ in those without
/// a short escape.
bool is_for_host(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && escape_letter(c) == '\0') || c == 0x7F;
}

/// Makes a JSON string of `text`. False when only the host can say how.
bool quote_text(std::string_view text, std::string* quoted, Patience& patience) {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 12;
  const auto is_special = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7F;
  };
  reserve_giant(quoted, 2 * text.size() + 2);
  quoted->assign(1, '"');
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kPieceBytes);
    const auto plain = static_cast<std::size_t>(
        std::find_if(piece.begin(), piece.end(), is_special) - piece.begin());
    append_text(piece.substr(0, plain), quoted, &patience);
    patience.spend(plain + 1);
    text.remove_prefix(plain);
    if (plain == piece.size()) continue;
    if (is_for_host(text.front())) return false;
    quoted->append(1, '\\').append(1, escape_letter(text.front()));
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
