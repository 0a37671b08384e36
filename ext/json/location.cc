#include "json/location.h"

#include "json/giant.h"
#include "json/navigate.h"
#include "json/pointer.h"

namespace edgepack::json {
namespace {

/// A name as a normalized path writes it, without its quotes.
void append_normalized_name(std::string_view name, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : name) {
    switch (c) {
      case '\b':
        *out += "\\b";
        break;
      case '\t':
        *out += "\\t";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\f':
        *out += "\\f";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\'':
      case '\\':
        *out += '\\';
        *out += c;
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          *out += "\\u00";
          *out += kDigits[c >> 4];
          *out += kDigits[c & 15];
        } else {
          *out += c;
        }
    }
  }
}

}  // namespace

Locations::Locations(const Document& document, Patience& patience) : document_(document) {
  // A container comes before what is in it, so that one pass over the tokens finds all parents.
  const Token count = document.after(Document::root());
  extend(&places_, count, patience);
  for (Token token = 0; token < count; ++token) {
    patience.spend();
    if (!document.is_container(token)) continue;
    Token index = 0;
    const bool is_object = document.kind(token) == '{';
    for (Children all(document, token); !all.at_end(); all.next(), ++index) {
      patience.spend();
      places_[all.value()] = {token, is_object ? all.key() : index};
    }
  }
}

template <class Member, class Element>
void Locations::walk(Token value, Member member, Element element) const {
  Token steps[Document::kMaxDepth];
  int depth = 0;
  for (; value != Document::root(); value = places_[value].parent) steps[depth++] = value;
  std::string buffer;
  while (depth > 0) {
    const Place& place = places_[steps[--depth]];
    if (document_.kind(place.parent) == '{') {
      member(string_of(document_, place.key_or_index, &buffer));
    } else {
      element(place.key_or_index);
    }
  }
}

void Locations::append_path(Token value, std::string* out) const {
  *out += '$';
  walk(
      value,
      [out](std::string_view name) {
        *out += "['";
        append_normalized_name(name, out);
        *out += "']";
      },
      [out](Token index) {
        *out += '[';
        *out += std::to_string(index);
        *out += ']';
      });
}

void Locations::append_pointer(Token value, std::string* out) const {
  walk(
      value,
      [out](std::string_view name) {
        *out += '/';
        append_reference_token(name, out);
      },
      [out](Token index) {
        *out += '/';
        *out += std::to_string(index);
      });
}

}  // namespace edgepack::json
