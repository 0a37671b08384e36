#include "json/extract.h"

#include "json/render.h"
#include "json/twin.h"

namespace edgepack::json {
namespace {

bool present_as_sql(sqlite::Context& context, const Document& document, Token value,
                    Session& session) {
  return set_sql_value(context, document, value, session.host, &session.buffer);
}

bool present_containers_as_json(sqlite::Context& context, const Document& document, Token value,
                                Session& session) {
  if (!present_as_sql(context, document, value, session)) return false;
  if (document.is_container(value)) context.set_subtype(sqlite::kJsonSubtype);
  return true;
}

/// Answers the JSON array of what the paths in arguments[1...] stand for. False: undecided.
bool answer_array(sqlite::Context& context, sqlite::Arguments arguments, Session& session) {
  const auto path = [&](std::size_t number) {
    return compiled_path(context, arguments[number], static_cast<int>(number),
                         Path::Notation::kPath);
  };
  for (std::size_t number = 1; number < arguments.size(); ++number) {
    if (const Path* kept = path(number); kept == nullptr || !kept->is_decided()) return false;
  }
  const Document* document = session.read(arguments[0]);
  if (document == nullptr) return false;
  session.buffer.assign(1, '[');
  for (std::size_t number = 1; number < arguments.size(); ++number) {
    if (number > 1) session.buffer += ',';
    const Found found = path(number)->find(*document, &session.patience);
    switch (found.answer) {
      case Found::Answer::kUndecided:
        return false;
      case Found::Answer::kMissing:
        session.buffer += "null";
        break;
      case Found::Answer::kValue:
        append_json(*document, found.value, &session.buffer);
    }
  }
  session.buffer += ']';
  context.set_json(session.buffer);
  return true;
}

}  // namespace

void extract(sqlite::Context& context, sqlite::Arguments arguments) {
  constexpr const char* kBuiltIn = "json_extract";
  if (arguments.size() == 2) {
    return answer_value(context, arguments, kBuiltIn, Path::Notation::kPath,
                        present_containers_as_json);
  }
  // Without a path the built-in answers NULL, even for what is not JSON.
  if (arguments.size() < 2 || arguments[0].is_null()) return;
  const SessionUse session(context);
  if (!answer_array(context, arguments, *session)) {
    session->host.answer(context, kBuiltIn, arguments);
  }
}

void get(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_value(context, arguments, "->", Path::Notation::kOperator, present_json);
}

void value(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_value(context, arguments, "->>", Path::Notation::kOperator, present_as_sql);
}

}  // namespace edgepack::json
