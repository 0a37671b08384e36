#pragma once
// What the JSON functions of one connection share.

#include <string>

#include "json/document.h"
#include "json/host.h"
#include "json/path.h"

namespace edgepack::json {

/// State of the functions of one connection. Used by one thread at a time, as its connection is.
struct Session {
  Document document;
  Host host;
  std::string buffer;

  /// The document that is the first argument, or null when only SQLite itself can judge it.
  /// Valid until the next call. Throws std::bad_alloc.
  const Document* read(sqlite::Value argument);

  /// Gives back what a giant document needed. Called when a function is done.
  void shrink() noexcept;
};

/// The session of a running function, for as long as it runs.
class SessionUse {
 public:
  explicit SessionUse(const sqlite::Context& context) noexcept
      : session_(context.state<Session>()) {}
  ~SessionUse() { session_.shrink(); }
  SessionUse(const SessionUse&) = delete;
  SessionUse& operator=(const SessionUse&) = delete;

  Session& operator*() const noexcept { return session_; }
  Session* operator->() const noexcept { return &session_; }

 private:
  Session& session_;
};

/// The compiled path in `argument`, the one numbered `number` of the running function; kept with
/// the statement while it is constant. Null when SQLite did not keep it.
const Path* compiled_path(sqlite::Context& context, sqlite::Value argument, int number,
                          Path::Notation notation);

}  // namespace edgepack::json
