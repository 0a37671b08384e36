#pragma once
// How a twin of a built-in function answers: by itself where that is sure, else by the host.

#include "json/jsonb.h"
#include "json/session.h"

namespace edgepack::json {

/// Answers `context` with what a function makes of one value of a document, which is text or JSONB.
/// False, with nothing answered, when only the host can say.
struct Present {
  bool (*of_text)(sqlite::Context& context, const Document& document, Token value,
                  Session& session);
  bool (*of_jsonb)(sqlite::Context& context, const Jsonb& jsonb, Jsonb::Value value,
                   Session& session);
};

/// The JSON text of the value, marked as JSON.
extern const Present kPresentJson;

/// The body of a twin of `built_in`(document) or `built_in`(document, path): `present` for the
/// value that the path stands for, NULL where there is none and for a NULL document.
void answer_value(sqlite::Context& context, sqlite::Arguments arguments, const char* built_in,
                  Path::Notation notation, const Present& present);

}  // namespace edgepack::json
