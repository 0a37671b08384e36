#pragma once
// A JSON text and where its tokens are.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <simdjson.h>
#include <string_view>

namespace edgepack::json {

/// Number of a token in its document: a bracket, a colon, a comma, or the start of a scalar. A
/// value is named by its first token.
using Token = std::uint32_t;

/// A JSON text with the positions of its tokens, read in two passes: simdjson's first stage (chosen
/// for the processor at run time) finds the tokens and judges UTF-8, control characters and
/// unclosed strings; a walk over the tokens judges everything else and joins each bracket with its
/// closer. Neither pass reads behind the text, so that SQLite's own buffer is used without a copy.
/// Buffers are kept from text to text. Used by one thread at a time.
class Document {
 public:
  /// Containers nested deeper than this are left to SQLite (whose own limit is 1000 by default).
  static constexpr int kMaxDepth = 256;

  /// Has simdjson choose the scanner for this processor, which it does once in a process. It ends
  /// the process if it runs out of memory there, so this tries first whether there is some, and
  /// throws std::bad_alloc. Called at registration, not in the middle of a statement. Any thread.
  static void choose_scanner();

  /// True when `text` is JSON by RFC 8259, strictly, in valid UTF-8 and nested at most kMaxDepth
  /// deep: SQLite accepts all of these, in every version. False says nothing: SQLite accepts others
  /// too. `text` must be followed by a NUL byte and must live while the tokens are used; after
  /// false there are none. Throws std::bad_alloc.
  bool read(std::string_view text);

  /// The longest text that the buffers have room for, in bytes; they take up to eight times as
  /// much.
  std::size_t capacity() const noexcept { return capacity_; }

  std::string_view text() const noexcept { return text_; }
  /// False when no string of the document has an escape sequence.
  bool has_escapes() const noexcept { return has_escapes_; }

  /// The value that the whole text is.
  static constexpr Token root() noexcept { return 0; }
  /// First byte of the token; NUL for the one behind the last.
  char kind(Token token) const noexcept { return text_.data()[starts_[token]]; }
  bool is_container(Token value) const noexcept {
    const char first = kind(value);
    return first == '{' || first == '[';
  }
  /// The token behind a value: a comma, a closing bracket, a colon (for a key) or the end.
  Token after(Token value) const noexcept {
    return is_container(value) ? closers_[value] + 1 : value + 1;
  }
  /// Byte offset of a token in the text.
  std::size_t start(Token token) const noexcept { return starts_[token]; }
  /// The bytes of a token without white space behind it; strings keep their quotes.
  std::string_view bytes(Token token) const noexcept;

 private:
  bool join_brackets() noexcept;
  void reserve(std::size_t bytes);

  std::string_view text_;
  bool has_escapes_ = false;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> scanner_;
  std::size_t capacity_ = 0;
  const std::uint32_t* starts_ = nullptr;  // inside scanner_, one more than count_
  Token count_ = 0;
  std::unique_ptr<Token[]> closers_;  // for opening brackets only
};

}  // namespace edgepack::json
