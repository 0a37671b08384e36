#include "vec/tokens.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace edgepack::vec {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// As in SQLite, every byte beyond ASCII belongs to a name.
bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// The character that closes a quoted name, or NUL.
char closing_quote(char opening) noexcept {
  switch (opening) {
    case '"':
    case '`':
      return opening;
    default:
      return '\0';
  }
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

void Tokens::skip_blanks() noexcept {
  for (;;) {
    if (!rest_.empty() && is_blank(rest_.front())) {
      rest_.remove_prefix(1);
    } else if (rest_.starts_with("--")) {
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    } else if (rest_.starts_with("/*")) {
      const std::size_t end = rest_.find("*/", 2);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 2);
    } else {
      return;
    }
  }
}

Token Tokens::read() {
  skip_blanks();
  if (rest_.empty()) return {Token::Kind::kEnd, {}};
  const char first = rest_.front();
  if (const char quote = closing_quote(first); quote != '\0') {
    std::string name;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == quote) {
        const bool doubled = i + 1 < rest_.size() && rest_[i + 1] == quote;
        if (!doubled) {
          rest_.remove_prefix(i + 1);
          return {Token::Kind::kQuotedName, std::move(name)};
        }
        ++i;
      }
      name += rest_[i];
    }
    // An open quote is no name: the quote itself becomes a symbol that nothing accepts.
  } else if (is_word(first)) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    std::string word(rest_.substr(0, length));
    rest_.remove_prefix(length);
    const bool number = std::all_of(word.begin(), word.end(), is_digit);
    return {number || is_digit(first) ? Token::Kind::kNumber : Token::Kind::kWord, std::move(word)};
  }
  rest_.remove_prefix(1);
  return {Token::Kind::kSymbol, std::string(1, first)};
}

Token Tokens::take() { return std::exchange(current_, read()); }

bool Tokens::take_word(std::string_view word) {
  if (current_.kind != Token::Kind::kWord || !same_word(current_.text, word)) return false;
  take();
  return true;
}

bool Tokens::take_symbol(char symbol) {
  if (!current_.is_symbol(symbol)) return false;
  take();
  return true;
}

std::optional<long long> Tokens::take_integer() {
  if (current_.kind != Token::Kind::kNumber) return std::nullopt;
  long long value = 0;
  const char* end = current_.text.data() + current_.text.size();
  const auto [stop, error] = std::from_chars(current_.text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  take();
  return value;
}

}  // namespace edgepack::vec
