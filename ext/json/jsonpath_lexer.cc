#include "json/jsonpath_lexer.h"

#include <algorithm>
#include <charconv>

#include "json/lexical.h"
#include "json/utf8.h"
#include "sqlite/error.h"

namespace edgepack::json::jsonpath {
namespace {

bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

bool starts_name(char c) noexcept {
  const char lower = static_cast<char>(c | 0x20);
  return is_lower(lower) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool Lexer::accept(std::string_view text) noexcept {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

void Lexer::require(std::string_view text) {
  if (!accept(text)) fail_expected("'" + std::string(text) + "'");
}

void Lexer::skip_blanks() noexcept {
  while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
}

bool Lexer::at_name() const noexcept { return !rest_.empty() && starts_name(rest_.front()); }

std::string Lexer::name() {
  std::string name;
  while (!rest_.empty() && (starts_name(rest_.front()) || is_digit(rest_.front()))) {
    const std::string_view before = rest_;
    if (take_code_point(&rest_) == kNoCodePoint) fail(offset(), "is not valid UTF-8");
    name += before.substr(0, before.size() - rest_.size());
  }
  return name;
}

bool Lexer::at_integer() const noexcept {
  return !rest_.empty() && (is_digit(rest_.front()) || rest_.front() == '-');
}

std::int64_t Lexer::integer() {
  constexpr std::int64_t kLargest = (std::int64_t{1} << 53) - 1;
  const std::size_t start = offset();
  const bool negative = accept("-");
  const auto behind = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
  const std::string_view digits = rest_.substr(0, static_cast<std::size_t>(behind - rest_.begin()));
  if (digits.empty()) fail_expected("a digit");
  if (digits.front() == '0' && digits.size() > 1) fail(start, "an integer has no leading zeros");
  if (digits == "0" && negative) fail(start, "-0 is no integer here");
  std::int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc() || value > kLargest) {
    fail(start, "the integer is outside the range -(2^53)+1 to (2^53)-1");
  }
  rest_.remove_prefix(digits.size());
  return negative ? -value : value;
}

std::string_view Lexer::number() {
  const std::string_view from = rest_;
  const auto digits = [this](bool required) {
    if (required && (rest_.empty() || !is_digit(rest_.front()))) fail_expected("a digit");
    while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
  };
  accept("-");
  if (accept("0")) {
    if (!rest_.empty() && is_digit(rest_.front())) {
      fail(offset() - 1, "a number has no leading zeros");
    }
  } else {
    digits(true);
  }
  if (accept(".")) digits(true);
  if (accept("e") || accept("E")) {
    if (!accept("-")) accept("+");
    digits(true);
  }
  return from.substr(0, from.size() - rest_.size());
}

std::string Lexer::string() {
  const std::size_t start = offset();
  const char quote = rest_.front();
  rest_.remove_prefix(1);
  std::string value;
  for (;;) {
    if (rest_.empty()) fail(start, "the string has no closing quote");
    if (rest_.front() == quote) break;
    if (rest_.front() == '\\') {
      append_utf8(escape(quote), &value);
      continue;
    }
    const std::string_view before = rest_;
    const std::uint32_t code = take_code_point(&rest_);
    if (code == kNoCodePoint) fail(offset(), "is not valid UTF-8");
    if (code < 0x20) {
      rest_ = before;
      fail(offset(), "a control character must be written as an escape (\\u00XX)");
    }
    value += before.substr(0, before.size() - rest_.size());
  }
  rest_.remove_prefix(1);
  return value;
}

std::uint32_t Lexer::escape(char quote) {
  const std::size_t start = offset();
  rest_.remove_prefix(1);
  const char letter = peek();
  if (!rest_.empty()) rest_.remove_prefix(1);
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '/':
    case '\\':
      return static_cast<unsigned char>(letter);
    case 'u':
      break;
    default:
      if (letter == quote) return static_cast<unsigned char>(letter);
      fail(start, "there is no such escape");
  }
  const std::uint32_t unit = hex_unit(start);
  if ((unit & 0xF800) != 0xD800) return unit;
  const bool is_high = (unit & 0xFC00) == 0xD800;
  const std::uint32_t low = is_high && accept("\\u") ? hex_unit(start) : 0;
  if ((low & 0xFC00) != 0xDC00) fail(start, "the escape is half of a surrogate pair");
  return 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF);
}

std::uint32_t Lexer::hex_unit(std::size_t escape_offset) {
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(peek());
    if (digit < 0) fail(escape_offset, "\\u needs four hexadecimal digits");
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
    rest_.remove_prefix(1);
  }
  return unit;
}

std::string_view Lexer::function_name() noexcept {
  std::size_t length = 0;
  while (length < rest_.size() &&
         (is_lower(rest_[length]) ||
          (length > 0 && (rest_[length] == '_' || is_digit(rest_[length]))))) {
    ++length;
  }
  const std::string_view name = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return name;
}

std::string Lexer::found() const {
  if (rest_.empty()) return "the end";
  std::string_view behind = rest_;
  const std::uint32_t code = take_code_point(&behind);
  if (code == kNoCodePoint) return "bytes that are not UTF-8";
  if (code < 0x20) return "a control character";
  return "'" + std::string(rest_.substr(0, rest_.size() - behind.size())) + "'";
}

void Lexer::fail_expected(std::string_view expected) const {
  fail(offset(), "expected " + std::string(expected) + ", got " + found());
}

void Lexer::fail(std::size_t offset, std::string_view problem) const {
  throw sqlite::Error({.operation = "jsonpath",
                       .object = "'" + excerpt(path_) + "'",
                       .problem = "position " + std::to_string(position_of(path_, offset)) + ": " +
                                  std::string(problem)});
}

}  // namespace edgepack::json::jsonpath
