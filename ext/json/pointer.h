#pragma once
// JSON Pointers (RFC 6901).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "sqlite/function.h"

namespace edgepack::json {

/// A compiled JSON Pointer. Immutable once made.
class Pointer {
 public:
  /// Throws sqlite::Error, naming the position, when `text` is not a JSON Pointer.
  explicit Pointer(std::string_view text);

  /// The value that the pointer names, of equal names the first; nothing when there is none.
  std::optional<Token> find(const Document& document, Patience& patience) const;

 private:
  std::vector<std::string> reference_tokens_;  // without escapes
};

/// Appends one reference token with `~` and `/` escaped, without the `/` before it.
void append_reference_token(std::string_view name, std::string* out);

/// json_pointer(document, pointer): the value as SQL sees it, as fjson_value() answers it.
void json_pointer(sqlite::Context& context, sqlite::Arguments arguments);

}  // namespace edgepack::json
