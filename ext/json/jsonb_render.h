#pragma once
// Values of JSONB as SQL values and as JSON text.

#include <cstdint>
#include <string>
#include <vector>

#include "json/jsonb.h"
#include "sqlite/function.h"

namespace edgepack::json {

/// Appends the JSON text of a value, as SQLite's json() writes it. False when only SQLite itself
/// can say; then `*out` may have a part of it. Throws what `patience`, if any, throws.
bool append_json(const Jsonb& jsonb, Jsonb::Value value, std::string* out,
                 Patience* patience = nullptr);

/// JSON text of a value of JSONB, for a reader of text.
struct JsonbText {
  std::string text;
  /// Where each token of the text comes from: the offset of the header of a name, a scalar or a
  /// container; nothing that means anything for the other tokens.
  std::vector<std::uint32_t> origins;
  /// Every name, string and number stands in the text with the bytes of its payload, and means
  /// there what its type says.
  bool keeps_scalars = true;

  /// As append_json(), into `text`.
  bool read(const Jsonb& jsonb, Jsonb::Value value, Patience* patience);
};

/// Answers `context` with a value as SQL sees it, containers as JSON text without subtype. False,
/// with nothing answered, when only SQLite itself can say. `buffer` is scratch space.
bool set_sql_value(sqlite::Context& context, const Jsonb& jsonb, Jsonb::Value value,
                   std::string* buffer, Patience* patience);

}  // namespace edgepack::json
