#include "json/describe.h"

#include <optional>

#include "json/jsonb_validity.h"
#include "json/lexical.h"
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
      return is_whole(document.bytes(value)) ? "integer" : "real";
  }
}

namespace {

std::string_view type_name(const Jsonb::Element& element) noexcept {
  static constexpr std::string_view kNames[] = {"null", "true",  "false", "integer", "integer",
                                                "real", "real",  "text",  "text",    "text",
                                                "text", "array", "object"};
  return kNames[static_cast<std::size_t>(element.type)];
}

bool present_type(sqlite::Context& context, const Document& document, Token value, Session&) {
  context.set_literal(type_name(document, value));
  return true;
}

bool present_type(sqlite::Context& context, const Jsonb& jsonb, Jsonb::Value value, Session&) {
  const Jsonb::Element element = jsonb.element(value);
  if (element) context.set_literal(type_name(element));
  return static_cast<bool>(element);
}

bool present_length(sqlite::Context& context, const Document& document, Token value,
                    Session& session) {
  context.set_integer(
      document.kind(value) == '[' ? count_elements(document, value, &session.patience) : 0);
  return true;
}

bool present_length(sqlite::Context& context, const Jsonb& jsonb, Jsonb::Value value,
                    Session& session) {
  const Jsonb::Element element = jsonb.element(value);
  if (!element) return false;
  std::optional<std::uint32_t> count = 0;
  if (element.type == Jsonb::Type::kArray) {
    count = jsonb.count_elements(element, &session.patience);
  }
  if (count) context.set_integer(*count);
  return count.has_value();
}

constexpr Present kPresentType{present_type, present_type};
constexpr Present kPresentLength{present_length, present_length};

/// What a document is, as far as it is sure.
enum class Form { kUnsure, kJson, kJson5, kJsonb, kDoubtfulJsonb };

Form form_of(sqlite::Value argument, Session& session, bool wants_whole_jsonb) {
  if (const Jsonb jsonb = Jsonb::of(argument)) {
    return !wants_whole_jsonb || is_valid(jsonb, &session.patience) ? Form::kJsonb
                                                                    : Form::kDoubtfulJsonb;
  }
  if (session.read(argument) == nullptr) return Form::kUnsure;
  return session.has_json5() ? Form::kJson5 : Form::kJson;
}

}  // namespace

void type(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_value(context, arguments, "json_type", Path::Notation::kPath, kPresentType);
}

void array_length(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_value(context, arguments, "json_array_length", Path::Notation::kPath, kPresentLength);
}

void valid(sqlite::Context& context, sqlite::Arguments arguments) {
  constexpr int kJson = 1;
  constexpr int kJson5 = 2;
  constexpr int kLooksLikeJsonb = 4;
  constexpr int kJsonb = 8;
  constexpr int kAll = 15;
  const SessionUse session(context);
  const auto decide = [&]() -> std::optional<bool> {
    sqlite3_int64 flags = kJson;
    if (arguments.size() > 1) {
      flags = arguments[1].integer();
      if (sqlite3_libversion_number() < 3045000 || arguments[1].type() != SQLITE_INTEGER ||
          flags < 1 || flags > kAll) {
        return std::nullopt;
      }
    }
    const bool wants_whole_jsonb = (flags & (kLooksLikeJsonb | kJsonb)) == kJsonb;
    switch (form_of(arguments[0], *session, wants_whole_jsonb)) {
      case Form::kJson:
        return (flags & (kJson | kJson5)) != 0;
      case Form::kJson5:
        return (flags & kJson5) != 0;
      case Form::kJsonb:
        return (flags & (kLooksLikeJsonb | kJsonb)) != 0;
      default:
        return std::nullopt;
    }
  };
  if (const std::optional<bool> answer = decide()) return context.set_integer(*answer ? 1 : 0);
  session->host.answer(context, "json_valid", arguments);
}

void error_position(sqlite::Context& context, sqlite::Arguments arguments) {
  const SessionUse session(context);
  if (sqlite3_libversion_number() >= 3042000) {
    const Form form = form_of(arguments[0], *session, true);
    if (form == Form::kJson || form == Form::kJson5 || form == Form::kJsonb) {
      return context.set_integer(0);
    }
  }
  // Which says that it has none before 3.42.
  session->host.answer(context, "json_error_position", arguments);
}

}  // namespace edgepack::json
