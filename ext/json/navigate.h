#pragma once
// Steps from a value of a document to a value inside it, by the meaning of names.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/document.h"

namespace edgepack::json {

/// The string that a string token (a key or a value) stands for. The view is of the document's text
/// or of `*buffer`, and lives as long as both stay as they are.
std::string_view string_of(const Document& document, Token string, std::string* buffer);

/// The first member of `object` called `name` (UTF-8, without escapes), however its key is written;
/// nothing when there is none or when `object` is no object. Throws what `patience` throws.
std::optional<Token> find_member(const Document& document, Token object, std::string_view name,
                                 Patience& patience);

/// Element `index` of `array`, from 0; nothing when it has fewer or is no array. Throws what
/// `patience` throws.
std::optional<Token> find_element(const Document& document, Token array, std::uint64_t index,
                                  Patience& patience);

/// The children of an object or an array, in order, with their keys. A scalar has none.
class Children {
 public:
  Children(const Document& document, Token parent) noexcept;

  bool at_end() const noexcept { return at_end_; }
  /// The key of a member; for an element the element itself.
  Token key() const noexcept { return key_; }
  Token value() const noexcept { return is_object_ ? key_ + 2 : key_; }
  void next() noexcept;

 private:
  const Document* document_;
  Token key_;
  bool is_object_;
  bool at_end_;
};

}  // namespace edgepack::json
