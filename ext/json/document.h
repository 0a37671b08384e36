#pragma once
// A JSON text and where its tokens are.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "json/lexical.h"
#include "json/patience.h"

namespace edgepack::json {

/// Number of a token in its document: a bracket, a colon, a comma, a string, a number or a name. A
/// value is named by its first token.
using Token = std::uint32_t;

/// A JSON text with the positions of its tokens, found and judged by a scanner for the processor
/// (kernels/scan.h). Nothing behind the text is read but its NUL, so that SQLite's own buffer is
/// used without a copy. Buffers are kept from text to text. Used by one thread at a time.
class Document {
 public:
  /// Containers nested deeper than this are left to SQLite (whose own limit is 1000 by default).
  static constexpr int kMaxDepth = 256;

  /// True when `text` is JSON by RFC 8259, nested at most kMaxDepth deep; strings may have bytes
  /// that are not UTF-8. SQLite accepts all of these, in every version. False says nothing: SQLite
  /// accepts others too. `text` must be followed by a NUL byte and must live while the tokens are
  /// used; after false there are none. Throws std::bad_alloc and what `patience`, if any, throws.
  bool read(std::string_view text, Patience* patience = nullptr);

  /// What the scanner finds in a text that is no JSON.
  struct Refused {
    /// Brackets, colons, commas, what is in quotes, and anything else without white space: kind()
    /// and start() may be asked for these. 0 for longer texts.
    Token tokens = 0;
    /// Whether something in quotes is no string of JSON, or another control character is somewhere.
    bool has_faults = false;
  };
  /// Of the text for which read() has just been false. Throws std::bad_alloc.
  Refused refused();
  /// True when refused() has nothing more to do.
  bool has_refused_tokens() const noexcept { return refused_.tokens > 0; }

  /// Makes a document of tokens that another reader finds.
  class Writer;

  /// Buffers of at most so many bytes are kept from statement to statement.
  static constexpr std::size_t kMostKeptBytes = std::size_t{8} << 20;

  /// Memory that the buffers take.
  std::size_t bytes_kept() const noexcept { return capacity_ * kBytesPerToken; }

  std::string_view text() const noexcept { return text_; }
  /// False when no string of the document has an escape sequence.
  bool has_escapes() const noexcept { return has_escapes_; }
  /// False when there is no white space between the tokens, nor around them.
  bool has_spaces() const noexcept { return has_spaces_; }
  /// Whether the text is valid UTF-8; RFC 8259 asks for it. Looks at the whole text, if not ASCII.
  /// Throws what `patience` throws.
  bool is_utf8(Patience& patience) const;

  /// The value that the whole text is.
  static constexpr Token root() noexcept { return 0; }
  /// First byte of the token; NUL for the one behind the last.
  char kind(Token token) const noexcept { return kinds_[token + 1]; }
  bool is_container(Token value) const noexcept { return (kind(value) | 0x20) == '{'; }
  /// The token behind a value: a comma, a closing bracket, a colon (for a key) or the end.
  Token after(Token value) const noexcept {
    return is_container(value) ? closers_[value] + 1 : value + 1;
  }
  /// Byte offset of a token in the text.
  std::size_t start(Token token) const noexcept { return starts_[token]; }
  /// The bytes of a token without white space behind it; strings keep their quotes.
  std::string_view bytes(Token token) const noexcept {
    const char* const first = text_.data() + starts_[token];
    const char* last = text_.data() + starts_[token + 1];
    if (has_spaces_) {
      while (is_space(last[-1])) --last;
    }
    return {first, static_cast<std::size_t>(last - first)};
  }

 private:
  static constexpr std::size_t kBytesPerToken = 2 * sizeof(Token) + 1;

  /// Grown by realloc(), which moves giant buffers without copying them.
  struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
  };
  template <class T>
  using Buffer = std::unique_ptr<T[], Free>;

  template <class T>
  static void grow(Buffer<T>* buffer, std::size_t size);
  void reserve(std::size_t tokens, std::size_t bytes);
  bool scan(Patience* patience);
  void meet_pages(std::size_t count, std::size_t more, Patience& patience);
  void end_tokens(Token count) noexcept {
    starts_[count] = static_cast<std::uint32_t>(text_.size());
    kinds_[count + 1] = '\0';
  }

  std::string_view text_;
  bool has_escapes_ = false;
  bool has_spaces_ = false;
  bool is_ascii_ = true;
  Refused refused_;
  std::size_t capacity_ = 0;  // tokens
  Buffer<std::uint32_t> starts_;
  Buffer<char> kinds_;     // behind a colon, as a scan wants it
  Buffer<Token> closers_;  // for opening brackets only
};

/// Writes the tokens of a JSON text without white space, one after the other. The document is
/// nothing before finish(). Throws std::bad_alloc.
class Document::Writer {
 public:
  /// How many tokens may be added after each make_room().
  static constexpr std::size_t kRoom = 8;

  /// `source`: what the reader reads. Its length tells how much room there will have to be.
  Writer(Document& document, std::string_view source) : document_(document) {
    document.text_ = source;
    make_room(0);
  }

  /// `read`: the bytes of the source that have been read.
  void make_room(std::size_t read) {
    if (count_ + kRoom >= document_.capacity_) grow(read);
  }

  /// Called when some thousand bytes have been read: the memory of a giant is made, page by page,
  /// ahead of its use. Throws what `patience` throws.
  void meet_pages(Patience& patience) {
    constexpr std::size_t kAhead = std::size_t{16} << 10;
    document_.meet_pages(count_, kAhead, patience);
  }

  /// The token that starts at `start` with the byte `kind`.
  void add(char kind, std::size_t start) noexcept {
    document_.starts_[count_] = static_cast<std::uint32_t>(start);
    document_.kinds_[++count_] = kind;
  }
  /// The number of the next token.
  Token next() const noexcept { return static_cast<Token>(count_); }
  /// The next token closes the container that the token `opener` opens.
  void close(Token opener) noexcept { document_.closers_[opener] = next(); }

  /// `text` holds the tokens; less than 2^31 bytes, and followed by a NUL byte.
  void finish(std::string_view text, bool has_escapes, bool has_spaces = false) noexcept {
    add('\0', text.size());
    document_.text_ = text;
    document_.has_escapes_ = has_escapes;
    document_.has_spaces_ = has_spaces;
    document_.is_ascii_ = false;  // perhaps
  }

 private:
  void grow(std::size_t read);

  Document& document_;
  std::size_t count_ = 0;
};

}  // namespace edgepack::json
