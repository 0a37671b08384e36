#include "json/describe.h"

#include "json/twin.h"

namespace edgepack::json {

std::string_view type_name(const Document& document, Token value) noexcept {
  switch (document.kind(value)) {
    case 'n':
      return "null";
    case 't':
      return "true";
    case 'f':
      return "false";
    case '"':
      return "text";
    case '{':
      return "object";
    case '[':
      return "array";
    default:
      return document.bytes(value).find_first_of(".eE") == std::string_view::npos ? "integer"
                                                                                  : "real";
  }
}

namespace {

bool present_type(sqlite::Context& context, const Document& document, Token value, Session&) {
  context.set_text(type_name(document, value));
  return true;
}

bool present_length(sqlite::Context& context, const Document& document, Token value,
                    Session& session) {
  context.set_integer(
      document.kind(value) == '[' ? count_elements(document, value, &session.patience) : 0);
  return true;
}

/// `answer` for a document that is JSON beyond doubt; the host for all others, also for NULL.
void answer_if_plain(sqlite::Context& context, sqlite::Arguments arguments, const char* built_in,
                     int answer) {
  const SessionUse session(context);
  if (session->read(arguments[0]) != nullptr) {
    context.set_integer(answer);
  } else {
    session->host.answer(context, built_in, arguments);
  }
}

}  // namespace

void type(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_value(context, arguments, "json_type", Path::Notation::kPath, present_type);
}

void array_length(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_value(context, arguments, "json_array_length", Path::Notation::kPath, present_length);
}

void valid(sqlite::Context& context, sqlite::Arguments arguments) {
  constexpr const char* kBuiltIn = "json_valid";
  // With flags, text is valid if it is JSON by RFC 8259 (1) or JSON5 (2), where those are asked
  // for.
  const bool has_flags = arguments.size() > 1;
  if (has_flags && sqlite3_libversion_number() >= 3045000) {
    const sqlite3_int64 flags = arguments[1].integer();
    if (arguments[1].type() == SQLITE_INTEGER && flags >= 1 && flags <= 15 && (flags & 3) != 0) {
      return answer_if_plain(context, arguments, kBuiltIn, 1);
    }
  }
  if (!has_flags) return answer_if_plain(context, arguments, kBuiltIn, 1);
  const SessionUse session(context);
  session->host.answer(context, kBuiltIn, arguments);
}

void error_position(sqlite::Context& context, sqlite::Arguments arguments) {
  constexpr const char* kBuiltIn = "json_error_position";
  if (sqlite3_libversion_number() >= 3042000) {
    return answer_if_plain(context, arguments, kBuiltIn, 0);
  }
  const SessionUse session(context);
  session->host.answer(context, kBuiltIn, arguments);  // which says that it has none
}

}  // namespace edgepack::json
