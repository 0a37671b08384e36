#include "sqlite/table.h"

#include <gtest/gtest.h>
#include <map>

#include "sqlite/testing/database.h"

namespace edgepack::sqlite {
namespace {

/// A table (key INTEGER PRIMARY KEY, value) that keeps its rows in memory and notes which hooks
/// ran.
struct NotedTable : sqlite3_vtab {
  struct Cursor : sqlite3_vtab_cursor {
    explicit Cursor(NotedTable& owner) : sqlite3_vtab_cursor{}, table(owner) {}
    void filter(int, const char*, Arguments) { place = table.rows.begin(); }
    void next() {
      if (place->second == "fail in next") throw Error({.operation = "next"});
      ++place;
    }
    bool at_end() const noexcept { return place == table.rows.end(); }
    void column(Context& context, int index) {
      if (place->second == "fail in column") throw Error({.operation = "column"}, SQLITE_IOERR);
      if (index == 0) return context.set_integer(place->first);
      context.set_text(place->second);
    }
    sqlite3_int64 rowid() const { return place->first; }

    NotedTable& table;
    std::map<sqlite3_int64, std::string>::iterator place;
  };

  static std::unique_ptr<NotedTable> connect(const TableArguments& arguments) {
    for (const char* argument : arguments.arguments) {
      if (std::string_view(argument) == "fail") {
        throw Error({.operation = arguments.module,
                     .object = arguments.table,
                     .problem = "was told to fail",
                     .hint = "do not say fail"});
      }
      if (std::string_view(argument) == "run out of memory") throw std::bad_alloc();
    }
    declare_table(arguments, "CREATE TABLE x(key INTEGER PRIMARY KEY, value)");
    declare_innocuous(arguments.database);
    declare_conflict_handling(arguments.database);
    auto table = std::make_unique<NotedTable>();
    table->database = arguments.database;
    return table;
  }
  static std::unique_ptr<NotedTable> create(const TableArguments& arguments) {
    return connect(arguments);
  }

  NotedTable() : sqlite3_vtab{} {}
  int best_index(sqlite3_index_info& info) {
    info.estimatedCost = 1;
    return SQLITE_OK;
  }
  std::unique_ptr<Cursor> open() { return std::make_unique<Cursor>(*this); }
  void destroy() {
    if (rows.contains(13)) throw Error({.operation = "drop", .problem = "row 13 does not want to"});
  }
  void update(Arguments arguments, sqlite3_int64& rowid) {
    if (arguments.size() == 1) {
      rows.erase(arguments[0].integer());
      return;
    }
    rowid = arguments[2].integer();
    const bool replaces = sqlite3_vtab_on_conflict(database) == SQLITE_REPLACE;
    if (rows.contains(rowid) && !replaces) {
      throw Error({.operation = "insert", .problem = "key exists"}, SQLITE_CONSTRAINT);
    }
    rows[rowid] = arguments[3].text();
  }
  void begin() { hooks += "begin "; }
  void sync() { hooks += "sync "; }
  void commit() { hooks += "commit "; }
  void rollback() { hooks += "rollback "; }
  void savepoint(int) { hooks += "savepoint "; }
  void release(int) { hooks += "release "; }
  void rollback_to(int) { hooks += "rollback_to "; }
  void rename(const char* name) { hooks += std::string("rename:") + name + ' '; }
  static bool is_shadow_name(std::string_view suffix) noexcept { return suffix == "rows"; }

  sqlite3* database = nullptr;
  std::map<sqlite3_int64, std::string> rows;
  inline static std::string hooks;
};

/// The smallest table: eponymous-only, one row.
struct OneRow : sqlite3_vtab {
  struct Cursor : sqlite3_vtab_cursor {
    Cursor() : sqlite3_vtab_cursor{} {}
    void filter(int, const char*, Arguments) { done = false; }
    void next() { done = true; }
    bool at_end() const noexcept { return done; }
    void column(Context& context, int) { context.set_text("only"); }
    sqlite3_int64 rowid() const { return 1; }
    bool done = false;
  };
  static std::unique_ptr<OneRow> connect(const TableArguments& arguments) {
    declare_table(arguments, "CREATE TABLE x(value)");
    return std::make_unique<OneRow>();
  }
  OneRow() : sqlite3_vtab{} {}
  int best_index(sqlite3_index_info&) { return SQLITE_OK; }
  std::unique_ptr<Cursor> open() { return std::make_unique<Cursor>(); }
};

void register_both(sqlite3* database) {
  const Module modules[] = {{"noted", module_of<NotedTable>()}, {"one_row", module_of<OneRow>()}};
  register_modules(database, modules);
}

TEST(Table, InsertsReadsAndDeletes) {
  testing::Database database(register_both);
  database.rows("CREATE VIRTUAL TABLE t USING noted; INSERT INTO t VALUES(1,'a'),(2,'b')");
  EXPECT_EQ(database.rows("SELECT key, value FROM t"),
            (std::vector<std::string>{"1|'a'", "2|'b'"}));
  database.rows("DELETE FROM t WHERE key = 1");
  EXPECT_EQ(database.row("SELECT value FROM t"), "'b'");
  EXPECT_EQ(database.error("INSERT INTO t VALUES(2,'c')"), "insert: key exists");
}

TEST(Table, FollowsTheConflictClauseOfAStatement) {
  testing::Database database(register_both);
  database.rows("CREATE VIRTUAL TABLE t USING noted; INSERT INTO t VALUES(1,'a')");
  database.rows("INSERT OR REPLACE INTO t VALUES(1,'replaced')");
  EXPECT_EQ(database.row("SELECT value FROM t"), "'replaced'");
  database.rows("INSERT OR IGNORE INTO t VALUES(1,'ignored'),(2,'b')");
  EXPECT_EQ(database.rows("SELECT value FROM t"), (std::vector<std::string>{"'replaced'", "'b'"}));
  EXPECT_EQ(database.error("INSERT OR ABORT INTO t VALUES(2,'c')"), "insert: key exists");
}

TEST(Table, FailuresKeepTheirWordsInEveryHook) {
  testing::Database database(register_both);
  EXPECT_EQ(database.error("CREATE VIRTUAL TABLE t USING noted(fail)"),
            "noted: t: was told to fail; do not say fail");
  EXPECT_EQ(database.error("CREATE VIRTUAL TABLE t USING noted(run out of memory)"),
            "out of memory");
  database.rows("CREATE VIRTUAL TABLE t USING noted; INSERT INTO t VALUES(1,'fail in next')");
  EXPECT_EQ(database.error("SELECT * FROM t"), "next");
  database.rows("CREATE VIRTUAL TABLE u USING noted; INSERT INTO u VALUES(1,'fail in column')");
  EXPECT_EQ(database.error("SELECT value FROM u"), "column");
  EXPECT_EQ(sqlite3_errcode(database), SQLITE_IOERR);
}

TEST(Table, AFailedDropLeavesTheTable) {
  testing::Database database(register_both);
  database.rows("CREATE VIRTUAL TABLE t USING noted; INSERT INTO t VALUES(13,'stays')");
  EXPECT_NE(database.error("DROP TABLE t"), "");
  EXPECT_EQ(database.row("SELECT value FROM t"), "'stays'");
  database.rows("DELETE FROM t; DROP TABLE t");
}

TEST(Table, TransactionHooksRunInSqlitesOrder) {
  testing::Database database(register_both);
  database.rows("CREATE VIRTUAL TABLE t USING noted");
  NotedTable::hooks.clear();
  database.rows(
      "BEGIN; INSERT INTO t VALUES(1,'a'); SAVEPOINT s; ROLLBACK TO s; RELEASE s; COMMIT");
  EXPECT_NE(NotedTable::hooks.find("begin "), std::string::npos);
  EXPECT_NE(NotedTable::hooks.find("savepoint rollback_to release sync commit "), std::string::npos)
      << NotedTable::hooks;
  database.rows("ALTER TABLE t RENAME TO u");
  EXPECT_NE(NotedTable::hooks.find("rename:u "), std::string::npos);
}

TEST(Table, ProtectsItsShadowTables) {
  testing::Database database(register_both);
  database.rows("CREATE TABLE t_rows(a); CREATE VIRTUAL TABLE t USING noted");
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  EXPECT_EQ(database.error("INSERT INTO t_rows VALUES(1)"), "table t_rows may not be modified");
}

TEST(Table, EponymousOnlyNeedsNoCreate) {
  testing::Database database(register_both);
  EXPECT_EQ(database.row("SELECT value FROM one_row"), "'only'");
  EXPECT_EQ(database.error("CREATE VIRTUAL TABLE t USING one_row"), "no such module: one_row");
  EXPECT_EQ(database.error("DELETE FROM one_row"), "table one_row may not be modified");
}

TEST(Table, IsSafeInTriggersOfUntrustedSchemas) {
  testing::Database database(register_both);
  database.rows(
      "CREATE VIRTUAL TABLE t USING noted; CREATE TABLE source(a);"
      "CREATE TRIGGER copy AFTER INSERT ON source BEGIN"
      "  INSERT INTO t VALUES(new.a, 'copied'); END;"
      "PRAGMA trusted_schema=OFF; INSERT INTO source VALUES(5)");
  EXPECT_EQ(database.row("SELECT value FROM t"), "'copied'");
}

}  // namespace
}  // namespace edgepack::sqlite
