#pragma once
// Where the values of a document are: their normalized paths and JSON Pointers.

#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace edgepack::json {

/// The parents of all values of one document. Takes 8 bytes for each token.
class Locations {
 public:
  /// `document` must outlive the locations, and keep its text. Throws std::bad_alloc.
  Locations(const Document& document, Patience& patience);

  /// Appends the normalized path of RFC 9535: `$['name'][0]`.
  void append_path(Token value, std::string* out) const;
  /// Appends the JSON Pointer of RFC 6901: `/name/0`.
  void append_pointer(Token value, std::string* out) const;

 private:
  struct Place {
    Token parent;
    Token key_or_index;  ///< the token of the key in an object, the index in an array
  };

  /// Calls `member(name)` or `element(index)` for each step from the root to `value`.
  template <class Member, class Element>
  void walk(Token value, Member member, Element element) const;

  const Document& document_;
  std::vector<Place> places_;  // by token; of values only
};

}  // namespace edgepack::json
