#include "json/render.h"

#include <charconv>

#include "json/giant.h"
#include "json/lexical.h"
#include "json/navigate.h"

namespace edgepack::json {
namespace {

bool set_string(sqlite::Context& context, std::string_view quoted, bool may_have_escapes,
                std::string* buffer, Patience* patience) {
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  if (!may_have_escapes || inside.find('\\') == std::string_view::npos) {
    set_text(context, inside, patience);
    return true;
  }
  if (!unescape(inside, buffer, patience)) return false;
  set_text(context, *buffer, patience);
  return true;
}

/// True for a whole number of so few digits that it cannot be too large; it is then in `*integer`.
bool read_short_integer(std::string_view number, sqlite3_int64* integer) noexcept {
  constexpr std::size_t kMaxDigits = 18;
  const bool is_negative = number.front() == '-';
  if (is_negative) number.remove_prefix(1);
  if (number.size() > kMaxDigits) return false;
  sqlite3_int64 magnitude = 0;
  for (const char c : number) {
    if (!is_digit(c)) return false;
    magnitude = magnitude * 10 + (c - '0');
  }
  *integer = is_negative ? -magnitude : magnitude;
  return true;
}

void set_number(sqlite::Context& context, std::string_view number, Host& host) {
  sqlite3_int64 integer = 0;
  if (read_short_integer(number, &integer)) return context.set_integer(integer);
  if (is_whole(number)) {
    const auto read = std::from_chars(number.data(), number.data() + number.size(), integer);
    if (read.ec == std::errc()) return context.set_integer(integer);
  }
  double real = 0;
  context.set_real(convert_plain_real(number, &real) ? real : host.real(number));
}

/// The text of a value with the white space that is in it.
std::string_view spaced_json(const Document& document, Token value) {
  const std::string_view last = document.bytes(document.after(value) - 1);
  const char* const first = document.text().data() + document.start(value);
  return {first, static_cast<std::size_t>(last.data() + last.size() - first)};
}

}  // namespace

void append_json(const Document& document, Token value, std::string* out, Patience* patience) {
  constexpr Token kTokensBetween = 1024;
  const char* const text = document.text().data();
  if (!document.has_spaces()) {
    return append_text(spaced_json(document, value), out, patience);
  }
  reserve_giant(out, out->size() + spaced_json(document, value).size());
  const Token end = document.after(value);
  // Tokens that touch are copied together.
  std::size_t first = document.start(value);
  for (Token token = value; token < end; ++token) {
    if (patience != nullptr && token % kTokensBetween == 0) patience->spend(kTokensBetween);
    const std::string_view bytes = document.bytes(token);
    const std::size_t behind = static_cast<std::size_t>(bytes.data() - text) + bytes.size();
    if (token + 1 == end || behind != document.start(token + 1)) {
      append_text({text + first, behind - first}, out, patience);
      first = document.start(token + 1);
    }
  }
}

std::string_view json_of(const Document& document, Token value, std::string* buffer,
                         Patience* patience) {
  if (!document.has_spaces()) return spaced_json(document, value);
  buffer->clear();
  append_json(document, value, buffer, patience);
  return *buffer;
}

bool set_sql_value(sqlite::Context& context, const Document& document, Token value, Host& host,
                   std::string* buffer, Patience* patience) {
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
      return set_string(context, document.bytes(value), document.has_escapes(), buffer, patience);
    case '{':
    case '[':
      set_text(context, json_of(document, value, buffer, patience), patience);
      return true;
    default:
      set_number(context, document.bytes(value), host);
      return true;
  }
}

void present_sql_value(sqlite::Context& context, const Document& document, Token value, Host& host,
                       std::string* buffer, Patience* patience) {
  if (!set_sql_value(context, document, value, host, buffer, patience)) {
    set_text(context, string_of(document, value, buffer), patience);
  }
}

}  // namespace edgepack::json
