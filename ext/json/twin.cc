#include "json/twin.h"

#include "json/render.h"

namespace edgepack::json {
namespace {

bool try_value(sqlite::Context& context, sqlite::Arguments arguments, Session& session,
               Path::Notation notation, Present present) {
  const Path* path = nullptr;
  if (arguments.size() > 1) {
    path = compiled_path(context, arguments[1], 1, notation);
    if (path == nullptr || !path->is_decided()) return false;
  }
  const Document* document = session.read(arguments[0]);
  if (document == nullptr) return false;
  const Found found = path == nullptr ? Found{Found::Answer::kValue, Document::root()}
                                      : path->find(*document, &session.patience);
  if (found.answer != Found::Answer::kValue) return found.answer == Found::Answer::kMissing;
  return present(context, *document, found.value, session);
}

}  // namespace

bool present_json(sqlite::Context& context, const Document& document, Token value,
                  Session& session) {
  session.buffer.clear();
  append_json(document, value, &session.buffer);
  context.set_json(session.buffer);
  return true;
}

void answer_value(sqlite::Context& context, sqlite::Arguments arguments, const char* built_in,
                  Path::Notation notation, Present present) {
  if (arguments[0].is_null()) return;
  const SessionUse session(context);
  if (!try_value(context, arguments, *session, notation, present)) {
    session->host.answer(context, built_in, arguments);
  }
}

}  // namespace edgepack::json
