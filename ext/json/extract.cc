#include "json/extract.h"

#include "json/render.h"
#include "json/session.h"

namespace edgepack::json {
namespace {

/// What a twin does with the one value that its path stands for. False: undecided.
using Present = bool (*)(sqlite::Context&, const Document&, Token, Session&);

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

bool present_as_json(sqlite::Context& context, const Document& document, Token value,
                     Session& session) {
  session.buffer.clear();
  append_json(document, value, &session.buffer);
  context.set_json(session.buffer);
  return true;
}

/// Answers the document in arguments[0] at the path in arguments[1]. False: undecided.
bool answer_one(sqlite::Context& context, sqlite::Arguments arguments, Session& session,
                Path::Notation notation, Present present) {
  const Path* path = compiled_path(context, arguments[1], 1, notation);
  if (path == nullptr || !path->is_decided()) return false;
  const Document* document = session.read(arguments[0]);
  if (document == nullptr) return false;
  const Found found = path->find(*document);
  if (found.answer != Found::Answer::kValue) return found.answer == Found::Answer::kMissing;
  return present(context, *document, found.value, session);
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
    const Found found = path(number)->find(*document);
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

void answer(sqlite::Context& context, sqlite::Arguments arguments, const char* twin_of,
            Path::Notation notation, Present present) {
  if (arguments[0].is_null()) return;
  const SessionUse session(context);
  if (!answer_one(context, arguments, *session, notation, present)) {
    session->host.answer(context, twin_of, arguments);
  }
}

}  // namespace

void extract(sqlite::Context& context, sqlite::Arguments arguments) {
  constexpr const char* kTwinOf = "json_extract";
  if (arguments.size() == 2) {
    return answer(context, arguments, kTwinOf, Path::Notation::kPath, present_containers_as_json);
  }
  // Without a path the built-in answers NULL, even for what is not JSON.
  if (arguments.size() < 2 || arguments[0].is_null()) return;
  const SessionUse session(context);
  if (!answer_array(context, arguments, *session)) {
    session->host.answer(context, kTwinOf, arguments);
  }
}

void get(sqlite::Context& context, sqlite::Arguments arguments) {
  answer(context, arguments, "->", Path::Notation::kOperator, present_as_json);
}

void value(sqlite::Context& context, sqlite::Arguments arguments) {
  answer(context, arguments, "->>", Path::Notation::kOperator, present_as_sql);
}

}  // namespace edgepack::json
