#pragma once
// Comparing documents.

#include "json/document.h"

namespace edgepack::json::testing {

/// True when both texts have the same tokens at the same places, and the same brackets are joined.
inline bool have_same_tokens(const Document& a, const Document& b) {
  if (a.text() != b.text() || a.has_spaces() != b.has_spaces()) return false;
  for (Token token = 0; a.kind(token) == b.kind(token) && a.start(token) == b.start(token);
       ++token) {
    if (a.kind(token) == '\0') return true;
    if (a.is_container(token) && a.after(token) != b.after(token)) return false;
  }
  return false;
}

}  // namespace edgepack::json::testing
