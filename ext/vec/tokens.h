#pragma once
// Splits an argument of CREATE VIRTUAL TABLE ... USING vec0(...) into tokens.

#include <optional>
#include <string>
#include <string_view>

namespace edgepack::vec {

struct Token {
  enum class Kind { kWord, kQuotedName, kNumber, kSymbol, kEnd };

  Kind kind;
  /// A quoted name without its quotes, otherwise as written. A symbol is one character.
  std::string text;

  bool is_name() const noexcept { return kind == Kind::kWord || kind == Kind::kQuotedName; }
  bool is_symbol(char symbol) const noexcept {
    return kind == Kind::kSymbol && text.front() == symbol;
  }
};

/// Reads the tokens of one argument in order. Skips white space and SQL comments. After the last
/// token it answers kEnd for ever. The text must outlive it.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text), current_(read()) {}

  /// The token that comes next.
  const Token& peek() const noexcept { return current_; }
  /// Takes it.
  Token take();
  /// Takes it if it is this word, in upper or lower case; a quoted name is never a word.
  bool take_word(std::string_view word);
  bool take_symbol(char symbol);
  /// Takes an unsigned decimal integer. Empty if there is none, or if it needs more than 63 bits.
  std::optional<long long> take_integer();
  bool at_end() const noexcept { return current_.kind == Token::Kind::kEnd; }

 private:
  Token read();
  void skip_blanks() noexcept;

  std::string_view rest_;
  Token current_;
};

/// Compares as SQL compares names and keywords: ASCII letters without case.
bool same_word(std::string_view a, std::string_view b) noexcept;

}  // namespace edgepack::vec
