#include "json/navigate.h"

#include <cstring>

#include "json/lexical.h"

namespace edgepack::json {

std::string_view string_of(const Document& document, Token string, std::string* buffer) {
  std::string_view inside = document.bytes(string);
  inside = inside.substr(1, inside.size() - 2);
  if (!document.has_escapes() || inside.find('\\') == std::string_view::npos) return inside;
  static_cast<void>(unescape(inside, buffer));  // what SQLite's versions make of it does not matter
  return *buffer;
}

std::optional<Token> find_member(const Document& document, Token object, std::string_view name,
                                 Patience& patience) {
  if (document.kind(object) != '{') return std::nullopt;
  const char* const text = document.text().data();
  std::string buffer;
  for (Children members(document, object); !members.at_end(); members.next()) {
    patience.spend();
    const std::size_t start = document.start(members.key());
    const std::size_t room = document.start(members.key() + 1) - start;
    const bool is_plain =
        !document.has_escapes() || std::memchr(text + start, '\\', room) == nullptr;
    const bool equal = is_plain ? room >= name.size() + 2 && text[start + 1 + name.size()] == '"' &&
                                      std::memcmp(text + start + 1, name.data(), name.size()) == 0
                                : string_of(document, members.key(), &buffer) == name;
    if (equal) return members.value();
  }
  return std::nullopt;
}

std::optional<Token> find_element(const Document& document, Token array, std::uint64_t index,
                                  Patience& patience) {
  if (document.kind(array) != '[') return std::nullopt;
  for (Children elements(document, array); !elements.at_end(); elements.next()) {
    patience.spend();
    if (index-- == 0) return elements.value();
  }
  return std::nullopt;
}

Children::Children(const Document& document, Token parent) noexcept
    : document_(&document), key_(parent + 1), is_object_(document.kind(parent) == '{') {
  const bool is_container = is_object_ || document.kind(parent) == '[';
  at_end_ = !is_container || document.after(parent) == parent + 2;
}

void Children::next() noexcept {
  const Token behind = document_->after(value());
  at_end_ = document_->kind(behind) != ',';
  key_ = behind + 1;
}

}  // namespace edgepack::json
