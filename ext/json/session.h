#pragma once
// What the JSON functions of one connection share.

#include <memory>
#include <string>
#include <vector>

#include "json/document.h"
#include "json/host.h"
#include "json/json5.h"
#include "json/path.h"

namespace edgepack::json {

/// Throws the sqlite::Error for a document that must be JSON by RFC 8259 and is not.
[[noreturn]] void throw_malformed();

/// State of the functions of one connection. Used by one thread at a time, as its connection is.
class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(sqlite3* database) noexcept : patience(database) {}

  /// The document that is `argument`, or null when only SQLite itself can judge it. Lives until the
  /// next read() and as long as the argument. A document that the last call read too (several calls
  /// in one row) is not read again. Throws std::bad_alloc.
  const Document* read(sqlite::Value argument) { return read(argument, argument.type()); }
  /// The same, for who knows the type already.
  const Document* read(sqlite::Value argument, int type);
  /// Whether the document of the last read() is JSON5: what was read is its translation.
  bool has_json5() const noexcept { return is_json5_; }
  /// As read(), for JSONB and for the text of a value of any other type; throws sqlite::Error with
  /// `malformed JSON` when it is not JSON by RFC 8259 (see Document::read).
  const Document& read_strictly(sqlite::Value argument);

  /// Called when a function is done. What a giant document needed is given back at the end of the
  /// statement, so that the calls of one row can share the document.
  void end_use(sqlite::Context& context) {
    patience.rest();
    if (is_giant()) release_giant(context);
  }

  Host host;
  Patience patience;
  std::string buffer;              ///< scratch space of the running function
  std::vector<const Path*> paths;  ///< those of the running function, if it has several

 private:
  class Release;

  const Document* read_text(std::string_view text);
  bool parse(std::string_view text);
  bool seems_repeated(std::string_view text) noexcept;
  inline bool is_giant() const noexcept;
  void release_giant(sqlite::Context& context);
  void shrink() noexcept;

  Document document_;
  bool is_json5_ = false;  // document_ is of what json5_ made of the text
  Json5Translation json5_;
  std::string jsonb_text_;  // of the JSONB that read_strictly() got
  // While calls seem to come in groups of one document, it is copied: SQLite may use its buffer for
  // another one at any time, so that only comparing every byte tells whether it is the same.
  std::string copy_;
  bool copy_is_read_ = false;  // document_ is that of copy_
  int copies_worth_trying_ = 0;
  std::size_t last_size_ = 0;
  std::uint64_t last_sample_ = 0;
};

bool Session::is_giant() const noexcept {
  // Buffers for documents up to this size are kept from statement to statement.
  constexpr std::size_t kKeptBytes = std::size_t{1} << 20;
  return document_.bytes_kept() > Document::kMostKeptBytes || copy_.capacity() > kKeptBytes ||
         buffer.capacity() > kKeptBytes || jsonb_text_.capacity() > kKeptBytes ||
         json5_.bytes_kept() > kKeptBytes;
}

/// The text of a document that must be JSON by RFC 8259: of JSONB, as far as it is well-formed, its
/// JSON text. In `*buffer`, or SQLite's.
/// Throws what `patience` throws, and std::bad_alloc.
std::string_view strict_text(sqlite::Value argument, std::string* buffer, Patience& patience);
/// As strict_text(), always in `*copy`.
void copy_strict_text(sqlite::Value argument, std::string* copy, Patience& patience);

/// The session of a running function, for as long as it runs.
class SessionUse {
 public:
  explicit SessionUse(sqlite::Context& context) noexcept
      : context_(context), session_(context.state<Session>()) {}
  ~SessionUse() { session_.end_use(context_); }
  SessionUse(const SessionUse&) = delete;
  SessionUse& operator=(const SessionUse&) = delete;

  Session& operator*() const noexcept { return session_; }
  Session* operator->() const noexcept { return &session_; }

 private:
  sqlite::Context& context_;
  Session& session_;
};

/// For compiled_path().
const Path* compile_path(sqlite::Context& context, sqlite::Value argument, int number,
                         Path::Notation notation);

/// The compiled path in `argument`, the one numbered `number` of the running function; kept with
/// the statement while it is constant. Null when SQLite did not keep it.
inline const Path* compiled_path(sqlite::Context& context, sqlite::Value argument, int number,
                                 Path::Notation notation) {
  const Path* const kept = context.auxiliary<Path>(number);
  return kept != nullptr ? kept : compile_path(context, argument, number, notation);
}

}  // namespace edgepack::json
