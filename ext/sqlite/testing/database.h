#pragma once
// What C++ tests, fuzzers and benchmarks use in the place of a host program.

#include <string>
#include <vector>

#include "sqlite/statement.h"

namespace edgepack::testing {

/// A connection whose functions come from `register_part`. Also binds the routine table of the
/// libsqlite3 that the program links, so that edgepack's own code can be called directly.
class Database {
 public:
  /// `path` as for sqlite3_open_v2 (created when missing). `register_part` may be null.
  explicit Database(void (*register_part)(sqlite3*) = nullptr,
                    const std::string& path = ":memory:");
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  sqlite3* get() const noexcept { return database_; }
  operator sqlite3*() const noexcept { return database_; }

  /// Runs `sql` and answers its rows: columns joined by `|`, values as quote() writes them.
  /// Throws sqlite::Error.
  std::vector<std::string> rows(const std::string& sql);
  /// The only row of `sql`. Throws sqlite::Error when there is none or more than one.
  std::string row(const std::string& sql);
  /// The message that `sql` fails with; empty if it succeeds.
  std::string error(const std::string& sql);

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace edgepack::testing
