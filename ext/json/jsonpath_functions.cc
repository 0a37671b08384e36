#include "json/jsonpath_functions.h"

#include <new>

#include "json/giant.h"
#include "json/jsonpath_evaluation.h"
#include "json/render.h"
#include "json/session.h"

namespace edgepack::json::jsonpath {
namespace {

/// The query in arguments[1], kept with the statement while it is constant.
const Query& compiled_query(sqlite::Context& context, sqlite::Value path) {
  const Query* query = context.auxiliary<Query>(1);
  if (query == nullptr) {
    query = context.store_auxiliary(1, std::make_unique<Query>(parse(path.text())));
  }
  if (query == nullptr) throw std::bad_alloc();
  return *query;
}

/// Calls `answer(nodes, document, session)` with the nodes of the call.
template <class Answer>
void answer_nodes(sqlite::Context& context, sqlite::Arguments arguments, Answer answer) {
  if (arguments[1].is_null()) return;
  const Query& query = compiled_query(context, arguments[1]);
  if (arguments[0].is_null()) return;
  const SessionUse session(context);
  const Document& document = session->read_strictly(arguments[0]);
  Evaluation evaluation(document, session->patience);
  NodeIterator nodes(evaluation, query, Document::root());
  answer(nodes, document, *session);
}

}  // namespace

void query(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_nodes(
      context, arguments, [&](NodeIterator& nodes, const Document& document, Session& session) {
        const auto limit =
            static_cast<std::size_t>(sqlite3_limit(context.database(), SQLITE_LIMIT_LENGTH, -1));
        reserve_giant(&session.buffer, document.text().size());
        session.buffer.assign(1, '[');
        while (const std::optional<Token> node = nodes.next()) {
          if (session.buffer.size() > 1) session.buffer += ',';
          append_json(document, *node, &session.buffer, &session.patience);
          if (session.buffer.size() >= limit) {
            throw sqlite::Error::verbatim("string or blob too big", SQLITE_TOOBIG);
          }
        }
        session.buffer += ']';
        set_json(context, session.buffer, &session.patience);
      });
}

void first(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_nodes(context, arguments,
               [&](NodeIterator& nodes, const Document& document, Session& session) {
                 if (const std::optional<Token> node = nodes.next()) {
                   present_sql_value(context, document, *node, session.host, &session.buffer,
                                     &session.patience);
                 }
               });
}

void exists(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_nodes(context, arguments, [&](NodeIterator& nodes, const Document&, Session&) {
    context.set_integer(nodes.next() ? 1 : 0);
  });
}

void count(sqlite::Context& context, sqlite::Arguments arguments) {
  answer_nodes(context, arguments, [&](NodeIterator& nodes, const Document&, Session&) {
    sqlite3_int64 found = 0;
    while (nodes.next()) ++found;
    context.set_integer(found);
  });
}

}  // namespace edgepack::json::jsonpath
