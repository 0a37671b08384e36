#pragma once
// The one exception type that edgepack throws on purpose.

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "sqlite/api.h"

namespace edgepack::sqlite {

/// What a message says: which operation, on which object, what was wrong, what would be right.
/// Empty parts are left out. Only read during the call that it is passed to.
struct ErrorParts {
  std::string_view operation = {};
  std::string_view object = {};
  std::string_view problem = {};
  std::string_view hint = {};
};

/// A failure that the user is told of. Thrown anywhere below a guard; never crosses SQLite's C
/// boundary.
class Error : public std::exception {
 public:
  /// Message: `operation: object: problem; hint`. `code` is an SQLite result code other than
  /// SQLITE_OK.
  explicit Error(const ErrorParts& parts, int code = SQLITE_ERROR);

  /// A message given word for word, for the texts that users of another product match on.
  static Error verbatim(std::string message, int code = SQLITE_ERROR);

  /// What `database` says of its last failed call, with its extended code. `parts.problem` is put
  /// before SQLite's own words. Must be called before another call on `database`.
  static Error from(sqlite3* database, const ErrorParts& parts);

  int code() const noexcept { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  struct Verbatim {};
  Error(Verbatim, std::string message, int code) : message_(std::move(message)), code_(code) {}

  std::string message_;
  int code_;
};

}  // namespace edgepack::sqlite
