#pragma once
// Text that is JSON but for some places.

#include <optional>
#include <string_view>

#include "json/document.h"

namespace edgepack::json {

struct Json5Patched {
  std::string_view text;  ///< followed by a NUL byte
  bool keeps_scalars;     ///< as Json5Translation has it
};

/// For a document whose read() has just been false: its text with what is no JSON written as JSON
/// writes it, on the tokens that the scanner found, which are taken for what they are until one
/// is not. The rest is copied, so that most of a text is read by the scanner alone. Whether the
/// result is JSON remains to be seen: if it is, the text is JSON5 with that meaning. Nothing for
/// longer texts and where the tokens are not those of JSON5. `copy` has room for twice the text
/// and Json5Text::kMoreRoom. Throws std::bad_alloc.
std::optional<Json5Patched> patch_json5(Document* document, char* copy);

}  // namespace edgepack::json
