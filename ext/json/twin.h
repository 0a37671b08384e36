#pragma once
// How a twin of a built-in function answers: by itself where that is sure, else by the host.

#include "json/session.h"

namespace edgepack::json {

/// Answers `context` with what a function makes of one value of the document. False, with nothing
/// answered, when only the host can say.
using Present = bool (*)(sqlite::Context& context, const Document& document, Token value,
                         Session& session);

/// Presents the JSON text of the value, marked as JSON.
bool present_json(sqlite::Context& context, const Document& document, Token value,
                  Session& session);

/// The body of a twin of `built_in`(document) or `built_in`(document, path): `present` for the
/// value that the path stands for, NULL where there is none and for a NULL document.
void answer_value(sqlite::Context& context, sqlite::Arguments arguments, const char* built_in,
                  Path::Notation notation, Present present);

}  // namespace edgepack::json
