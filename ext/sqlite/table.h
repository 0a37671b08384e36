#pragma once
// Virtual tables: a class with ordinary member functions becomes an sqlite3_module.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sqlite/function.h"
#include "sqlite/guard.h"

namespace edgepack::sqlite {

/// What CREATE VIRTUAL TABLE (or a first use of an eponymous table) passes in. Lives for the call.
struct TableArguments {
  sqlite3* database;
  std::string_view module;
  std::string_view schema;
  std::string_view table;
  /// The arguments in brackets, comments and all, as the user wrote them.
  std::span<const char* const> arguments;
  /// What the module was registered with; shared with the functions of the part.
  const std::shared_ptr<void>& state;
};

/// sqlite3_declare_vtab, checked.
void declare_table(const TableArguments& arguments, const std::string& create_table_sql);

/// Marks the table of the connect() or create() in progress as safe in triggers and views under
/// `trusted_schema=OFF`.
void declare_innocuous(sqlite3* database);

/// Tells SQLite that the table of the connect() or create() in progress follows the conflict clause
/// of a statement: update() throws Error with the plain code SQLITE_CONSTRAINT before it changed
/// anything, and does itself what sqlite3_vtab_on_conflict() says of REPLACE.
void declare_conflict_handling(sqlite3* database);

/// The sqlite3_module of `T`, a class derived from sqlite3_vtab with a default-constructible base
/// that has
///   static std::unique_ptr<T> connect(const TableArguments&);
///   int best_index(sqlite3_index_info&);                   // SQLITE_OK or SQLITE_CONSTRAINT
///   std::unique_ptr<Cursor> open();                        // Cursor derives from
///   sqlite3_vtab_cursor
/// and a nested class Cursor with
///   void filter(int plan, const char* plan_text, Arguments);
///   void next();
///   bool at_end() const noexcept;
///   void column(Context&, int column);
///   sqlite3_int64 rowid();
/// Found and used when present:
///   static std::unique_ptr<T> create(const TableArguments&);  // absent: eponymous-only
///   void destroy();                                           // DROP TABLE
///   void update(Arguments, sqlite3_int64& rowid);             // absent: read-only
///   void begin(); void sync(); void commit(); void rollback();
///   void savepoint(int); void release(int); void rollback_to(int);
///   void rename(const char* new_name);
///   static bool is_shadow_name(std::string_view suffix) noexcept;
///   std::string integrity(bool quick);   // PRAGMA integrity_check, quick_check: what is wrong, or
///                                        // nothing; asked by hosts from SQLite 3.44 on
/// All of them may throw, except where marked noexcept. commit() and rollback() should not: SQLite
/// ignores what they answer.
template <class T>
const sqlite3_module* module_of();

/// One row of a registration table for virtual tables.
struct Module {
  const char* name;
  const sqlite3_module* methods;
};

/// Registers every row of `table`. `state` is kept until the last is unregistered (at the latest
/// when the connection closes). Throws Error naming the module that could not be registered.
void register_modules(sqlite3* database, std::span<const Module> table,
                      const std::shared_ptr<void>& state = nullptr);

}  // namespace edgepack::sqlite

#include "sqlite/table_inl.h"
