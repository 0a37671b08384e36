#pragma once
// The JSON functions of the host's own SQLite.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/function.h"
#include "sqlite/statement.h"

namespace edgepack::json {

/// Calls the built-in functions of the SQLite that the module is loaded in, whatever its version.
/// They run on a private connection to an empty in-memory database, so that nothing the user did to
/// his connection (functions of the same name, an authorizer, the statement that is running, a
/// schema that is not trusted) matters. The connection is opened when first needed. Used by one
/// thread at a time.
class Host {
 public:
  /// True while this thread opens a private connection.
  static bool is_opening() noexcept;

  /// Answers `context` with `function(arguments...)`: value, type, subtype. A failure of the
  /// function is thrown as sqlite::Error with its message and code.
  void answer(sqlite::Context& context, const char* function, sqlite::Arguments arguments);

  /// Answers `context` with the SQL value that the JSON functions make of one scalar of JSON.
  void answer_scalar(sqlite::Context& context, std::string_view scalar);

  /// A statement for the rows of `table(document [, root])`, json_each or json_tree, with its ten
  /// columns in order; those whose bit is not set in `columns` are NULL. The
  /// limits are those of the connection `user`. Must not outlive this.
  sqlite::Statement rows(sqlite3* user, const char* table, std::size_t arity, unsigned columns);

  /// The REAL that the JSON functions make of a number, which is not always the nearest one and not
  /// always the one that CAST makes.
  double real(std::string_view number);

 private:
  struct Closer {
    void operator()(sqlite3* connection) const noexcept { sqlite3_close_v2(connection); }
  };
  struct Call {
    std::string function;
    std::size_t arity;
    sqlite::Statement statement;
  };

  sqlite3* connection();
  void follow_limits(sqlite3* user);
  sqlite::Statement& extract_root();
  sqlite::Statement& statement(std::string_view function, std::size_t arity);

  std::unique_ptr<sqlite3, Closer> connection_;
  std::vector<Call> calls_;
  sqlite::Statement extract_root_;
};

/// Answers `context` with a column of the row that `statement` stands on, its subtype included.
void answer_column(sqlite::Context& context, const sqlite::Statement& statement, int column);

}  // namespace edgepack::json
