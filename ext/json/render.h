#pragma once
// Values of a document as SQL values and as JSON text.

#include <string>

#include "json/document.h"
#include "json/host.h"
#include "sqlite/function.h"

namespace edgepack::json {

/// Appends the JSON text of a value: its tokens as they were written, without the white space
/// between. Throws what `patience`, if any, throws.
void append_json(const Document& document, Token value, std::string* out,
                 Patience* patience = nullptr);

/// The same text: a view of the document, where that has it so, or else of `*buffer`.
std::string_view json_of(const Document& document, Token value, std::string* buffer,
                         Patience* patience = nullptr);

/// Answers `context` with a value as SQL sees it: NULL, INTEGER (also for true and false), REAL,
/// the TEXT that a string stands for, the JSON text of a container (without subtype). False, with
/// nothing answered, when only SQLite itself can say. `buffer` is scratch space. Throws what
/// `patience`, if any, throws.
bool set_sql_value(sqlite::Context& context, const Document& document, Token value, Host& host,
                   std::string* buffer, Patience* patience = nullptr);

/// As set_sql_value(), but always answers: strings that SQLite's versions disagree about are what
/// the newest make of them.
void present_sql_value(sqlite::Context& context, const Document& document, Token value, Host& host,
                       std::string* buffer, Patience* patience = nullptr);

}  // namespace edgepack::json
