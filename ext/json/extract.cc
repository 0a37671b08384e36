#include "json/extract.h"

#include "json/giant.h"
#include "json/jsonb_render.h"
#include "json/render.h"
#include "json/twin.h"

namespace edgepack::json {
namespace {

bool present_as_sql(sqlite::Context& context, const Document& document, Token value,
                    Session& session) {
  return set_sql_value(context, document, value, session.host, &session.buffer, &session.patience);
}

bool present_as_sql(sqlite::Context& context, const Jsonb& jsonb, Jsonb::Value value,
                    Session& session) {
  return set_sql_value(context, jsonb, value, &session.buffer, &session.patience);
}

bool present_containers_as_json(sqlite::Context& context, const Document& document, Token value,
                                Session& session) {
  if (!present_as_sql(context, document, value, session)) return false;
  if (document.is_container(value)) context.set_subtype(sqlite::kJsonSubtype);
  return true;
}

bool present_containers_as_json(sqlite::Context& context, const Jsonb& jsonb, Jsonb::Value value,
                                Session& session) {
  if (!present_as_sql(context, jsonb, value, session)) return false;
  if (jsonb.is_container(value)) context.set_subtype(sqlite::kJsonSubtype);
  return true;
}

constexpr Present kPresentAsSql{present_as_sql, present_as_sql};
constexpr Present kPresentContainersAsJson{present_containers_as_json, present_containers_as_json};

Found find(const Document& document, const Path& path, Patience* patience) {
  return path.find(document, patience);
}
Jsonb::Place find(const Jsonb& jsonb, const Path& path, Patience* patience) {
  return jsonb.find(path, patience);
}

bool try_append(const Document& document, Token value, Session& session) {
  append_json(document, value, &session.buffer, &session.patience);
  return true;
}
bool try_append(const Jsonb& jsonb, Jsonb::Value value, Session& session) {
  return append_json(jsonb, value, &session.buffer, &session.patience);
}

/// Makes the JSON array of what session.paths stand for, in session.buffer. False: undecided.
template <class Source>
bool make_array(const Source& source, Session& session) {
  session.buffer.assign(1, '[');
  for (const Path* path : session.paths) {
    if (session.buffer.size() > 1) session.buffer += ',';
    const auto found = find(source, *path, &session.patience);
    switch (found.answer) {
      case Found::Answer::kUndecided:
        return false;
      case Found::Answer::kMissing:
        session.buffer += "null";
        break;
      case Found::Answer::kValue:
        if (!try_append(source, found.value, session)) return false;
    }
  }
  session.buffer += ']';
  return true;
}

/// Answers the JSON array of what the paths in arguments[1...] stand for. `type` is that of the
/// document. False: undecided.
bool answer_array(sqlite::Context& context, sqlite::Arguments arguments, int type,
                  Session& session) {
  session.paths.clear();
  for (std::size_t number = 1; number < arguments.size(); ++number) {
    const Path* const path =
        compiled_path(context, arguments[number], static_cast<int>(number), Path::Notation::kPath);
    if (path == nullptr || !path->is_decided()) return false;
    session.paths.push_back(path);
  }
  if (const Jsonb jsonb = Jsonb::of(arguments[0], type)) {
    if (!make_array(jsonb, session)) return false;
  } else {
    const Document* document = session.read(arguments[0], type);
    if (document == nullptr || !make_array(*document, session)) return false;
  }
  set_json(context, session.buffer, &session.patience);
  return true;
}

}  // namespace

void extract(sqlite::Context& context, sqlite::Arguments arguments) {
  constexpr const char* kBuiltIn = "json_extract";
  if (arguments.size() == 2) {
    return answer_value(context, arguments, kBuiltIn, Path::Notation::kPath,
                        kPresentContainersAsJson);
  }
  // Without a path the built-in answers NULL, even for what is not JSON.
  if (arguments.size() < 2) return;
  const int type = arguments[0].type();
  if (type == SQLITE_NULL) return;
  const SessionUse session(context);
  if (!answer_array(context, arguments, type, *session)) {
    session->host.answer(context, kBuiltIn, arguments);
  }
}

void get(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_value(context, arguments, "->", Path::Notation::kOperator, kPresentJson);
}

void value(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_value(context, arguments, "->>", Path::Notation::kOperator, kPresentAsSql);
}

}  // namespace edgepack::json
