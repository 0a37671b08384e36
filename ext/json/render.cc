#include "json/render.h"

#include <charconv>

#include "json/lexical.h"
#include "json/navigate.h"

namespace edgepack::json {
namespace {

bool set_string(sqlite::Context& context, std::string_view quoted, bool may_have_escapes,
                std::string* buffer) {
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  if (!may_have_escapes || inside.find('\\') == std::string_view::npos) {
    context.set_text(inside);
    return true;
  }
  if (!unescape(inside, buffer)) return false;
  context.set_text(*buffer);
  return true;
}

void set_number(sqlite::Context& context, std::string_view number, Host& host) {
  if (number.find_first_of(".eE") == std::string_view::npos) {
    sqlite3_int64 integer = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), integer);
    if (read.ec == std::errc()) return context.set_integer(integer);
  }
  double real = 0;
  context.set_real(convert_plain_real(number, &real) ? real : host.real(number));
}

}  // namespace

void append_json(const Document& document, Token value, std::string* out) {
  const char* const text = document.text().data();
  const Token end = document.after(value);
  if (!document.has_spaces()) {
    const std::string_view last = document.bytes(end - 1);
    out->append(text + document.start(value), last.data() + last.size());
    return;
  }
  // Tokens that touch are copied together.
  std::size_t first = document.start(value);
  for (Token token = value; token < end; ++token) {
    const std::string_view bytes = document.bytes(token);
    const std::size_t behind = static_cast<std::size_t>(bytes.data() - text) + bytes.size();
    if (token + 1 == end || behind != document.start(token + 1)) {
      out->append(text + first, behind - first);
      first = document.start(token + 1);
    }
  }
}

bool set_sql_value(sqlite::Context& context, const Document& document, Token value, Host& host,
                   std::string* buffer) {
  switch (document.kind(value)) {
    case 'n':
      context.set_null();
      return true;
    case 't':
      context.set_integer(1);
      return true;
    case 'f':
      context.set_integer(0);
      return true;
    case '"':
      return set_string(context, document.bytes(value), document.has_escapes(), buffer);
    case '{':
    case '[':
      buffer->clear();
      append_json(document, value, buffer);
      context.set_text(*buffer);
      return true;
    default:
      set_number(context, document.bytes(value), host);
      return true;
  }
}

void present_sql_value(sqlite::Context& context, const Document& document, Token value, Host& host,
                       std::string* buffer) {
  if (!set_sql_value(context, document, value, host, buffer)) {
    context.set_text(string_of(document, value, buffer));
  }
}

}  // namespace edgepack::json
