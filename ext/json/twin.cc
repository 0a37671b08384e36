#include "json/twin.h"

#include "json/giant.h"
#include "json/jsonb_render.h"
#include "json/render.h"

namespace edgepack::json {
namespace {

bool present_json(sqlite::Context& context, const Document& document, Token value,
                  Session& session) {
  set_json(context, json_of(document, value, &session.buffer, &session.patience),
           &session.patience);
  return true;
}

bool present_json(sqlite::Context& context, const Jsonb& jsonb, Jsonb::Value value,
                  Session& session) {
  session.buffer.clear();
  if (!append_json(jsonb, value, &session.buffer, &session.patience)) return false;
  set_json(context, session.buffer, &session.patience);
  return true;
}

/// `path` may be null: the root.
bool try_jsonb(sqlite::Context& context, const Jsonb& jsonb, const Path* path, Session& session,
               const Present& present) {
  const Jsonb::Place found = path == nullptr ? Jsonb::Place{Found::Answer::kValue, Jsonb::root()}
                                             : jsonb.find(*path, &session.patience);
  if (found.answer != Found::Answer::kValue) return found.answer == Found::Answer::kMissing;
  return present.of_jsonb(context, jsonb, found.value, session);
}

/// `type` is that of the document.
bool try_value(sqlite::Context& context, sqlite::Arguments arguments, int type, Session& session,
               Path::Notation notation, const Present& present) {
  const Path* path = nullptr;
  if (arguments.size() > 1) {
    path = compiled_path(context, arguments[1], 1, notation);
    if (path == nullptr || !path->is_decided()) return false;
  }
  if (const Jsonb jsonb = Jsonb::of(arguments[0], type)) {
    return try_jsonb(context, jsonb, path, session, present);
  }
  const Document* document = session.read(arguments[0], type);
  if (document == nullptr) return false;
  const Found found = path == nullptr ? Found{Found::Answer::kValue, Document::root()}
                                      : path->find(*document, &session.patience);
  if (found.answer != Found::Answer::kValue) return found.answer == Found::Answer::kMissing;
  return present.of_text(context, *document, found.value, session);
}

}  // namespace

constinit const Present kPresentJson{present_json, present_json};

void answer_value(sqlite::Context& context, sqlite::Arguments arguments, const char* built_in,
                  Path::Notation notation, const Present& present) {
  const int type = arguments[0].type();
  if (type == SQLITE_NULL) return;
  const SessionUse session(context);
  if (!try_value(context, arguments, type, *session, notation, present)) {
    session->host.answer(context, built_in, arguments);
  }
}

}  // namespace edgepack::json
