#include "json/convert.h"

#include <algorithm>

#include "json/twin.h"

namespace edgepack::json {
namespace {

/// True when JSON text may hold the byte as it is, whatever the version of SQLite.
bool needs_no_escape(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7F;
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
    if (value.subtype() == sqlite::kJsonSubtype) return context.set_json(text);
    if (std::all_of(text.begin(), text.end(), needs_no_escape)) {
      session->buffer.assign(1, '"').append(text).append(1, '"');
      return context.set_json(session->buffer);
    }
  }
  session->host.answer(context, "json_quote", arguments);
}

}  // namespace edgepack::json
