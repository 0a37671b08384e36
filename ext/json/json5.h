#pragma once
// JSON5 text as JSON text.

#include <cstddef>
#include <memory>
#include <string_view>

#include "json/document.h"
#include "json/patience.h"

namespace edgepack::json {

/// Translates JSON5 text into JSON text, as SQLite's json() does. Its buffer is kept from text to
/// text. Used by one thread at a time.
class Json5Translation {
 public:
  /// For text that `document->read(text)` has just refused: true when it is JSON5
  /// (https://spec.json5.org) of a form that SQLite takes and that all of its versions since 3.46
  /// give the same meaning, nested at most Document::kMaxDepth deep; `*document` is then that of
  /// text(). False says nothing, and the document is none; it is always false where the rules of
  /// the host are not known. `text` must be followed by a NUL byte. Throws std::bad_alloc and what
  /// `patience`, if any, throws.
  bool read(std::string_view text, Document* document, Patience* patience);

  /// The second half of read(), for any text and any host: text() has no white space between its
  /// tokens.
  bool translate(std::string_view text, Document* document, Patience* patience);

  /// The JSON text, followed by a NUL byte. Lives until the next translation.
  std::string_view text() const noexcept { return text_; }
  /// True when every name, string and number stands in text() with the bytes that it has in the
  /// JSONB that SQLite makes of the JSON5 text.
  bool keeps_scalars() const noexcept { return keeps_scalars_; }

  /// Memory that the buffer takes.
  std::size_t bytes_kept() const noexcept { return capacity_; }

 private:
  void make_room(std::size_t text_size);

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::string_view text_;
  bool keeps_scalars_ = true;
};

}  // namespace edgepack::json
