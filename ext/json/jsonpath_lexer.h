#pragma once
// The text of a JSONPath query, read character by character.

#include <cstdint>
#include <string>
#include <string_view>

namespace edgepack::json::jsonpath {

/// A place in the text of a path, with what reads the smallest parts there.
class Lexer {
 public:
  explicit Lexer(std::string_view path) noexcept : path_(path), rest_(path) {}

  bool at_end() const noexcept { return rest_.empty(); }
  /// The next byte; NUL at the end.
  char peek() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
  std::size_t offset() const noexcept { return path_.size() - rest_.size(); }
  /// Goes back to an earlier offset().
  void rewind(std::size_t offset) noexcept { rest_ = path_.substr(offset); }

  bool accept(std::string_view text) noexcept;
  /// Throws sqlite::Error `expected ...` unless `text` comes next.
  void require(std::string_view text);
  void skip_blanks() noexcept;

  /// True when a name that needs no quotes may start here.
  bool at_name() const noexcept;
  /// Takes such a name, which must be there.
  std::string name();
  /// True when digits or a minus sign come next.
  bool at_integer() const noexcept;
  /// Takes an integer of the range of I-JSON.
  std::int64_t integer();
  /// Takes a number as JSON has it; at_integer() holds.
  std::string_view number();
  /// Takes a string in quotes and answers what it stands for.
  std::string string();
  /// Takes a function name, or nothing if none comes next.
  std::string_view function_name() noexcept;

  /// Throws sqlite::Error: `expected` was expected here, and what is here instead.
  [[noreturn]] void fail_expected(std::string_view expected) const;
  /// Throws sqlite::Error: `problem` at `offset`.
  [[noreturn]] void fail(std::size_t offset, std::string_view problem) const;

 private:
  std::uint32_t escape(char quote);
  std::uint32_t hex_unit(std::size_t escape_offset);
  std::string found() const;

  std::string_view path_;
  std::string_view rest_;
};

}  // namespace edgepack::json::jsonpath
