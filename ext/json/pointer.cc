#include "json/pointer.h"

#include <algorithm>
#include <charconv>

#include "json/lexical.h"
#include "json/navigate.h"
#include "json/render.h"
#include "json/session.h"
#include "json/utf8.h"

namespace edgepack::json {
namespace {

[[noreturn]] void fail(std::string_view pointer, std::size_t byte, const char* problem) {
  throw sqlite::Error(
      {.operation = "json_pointer",
       .object = "'" + excerpt(pointer) + "'",
       .problem = "position " + std::to_string(position_of(pointer, byte)) + ": " + problem});
}

/// Digits without leading zeros: the only form that an array index has.
std::optional<std::uint64_t> array_index(std::string_view token) noexcept {
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  if (token.size() > 1 && token.front() == '0') return std::nullopt;
  return index;
}

}  // namespace

Pointer::Pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') {
    fail(text, 0, "a pointer is empty or starts with '/'");
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      reference_tokens_.emplace_back();
    } else if (text[i] != '~') {
      reference_tokens_.back() += text[i];
    } else if (i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) {
      reference_tokens_.back() += text[++i] == '0' ? '~' : '/';
    } else {
      fail(text, i, "'~' must be followed by 0 or 1 ('~0' stands for '~', '~1' for '/')");
    }
  }
}

std::optional<Token> Pointer::find(const Document& document, Patience& patience) const {
  std::optional<Token> found = Document::root();
  for (const std::string& token : reference_tokens_) {
    if (document.kind(*found) == '[') {
      const std::optional<std::uint64_t> index = array_index(token);
      if (!index) return std::nullopt;
      found = find_element(document, *found, *index, patience);
    } else {
      found = find_member(document, *found, token, patience);
    }
    if (!found) break;
  }
  return found;
}

void append_reference_token(std::string_view name, std::string* out) {
  for (const char c : name) {
    if (c == '~') {
      *out += "~0";
    } else if (c == '/') {
      *out += "~1";
    } else {
      *out += c;
    }
  }
}

void json_pointer(sqlite::Context& context, sqlite::Arguments arguments) {
  if (arguments[1].is_null()) return;
  const Pointer* pointer = context.auxiliary<Pointer>(1);
  if (pointer == nullptr) {
    pointer = context.store_auxiliary(1, std::make_unique<Pointer>(arguments[1].text()));
  }
  if (pointer == nullptr) throw std::bad_alloc();
  if (arguments[0].is_null()) return;
  const SessionUse session(context);
  const Document& document = session->read_strictly(arguments[0]);
  if (const std::optional<Token> value = pointer->find(document, session->patience)) {
    present_sql_value(context, document, *value, session->host, &session->buffer,
                      &session->patience);
  }
}

}  // namespace edgepack::json
