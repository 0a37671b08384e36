// Indexes on elements where SQL alone cannot show it: a failure at every step.

#include "json/element_index.h"

#include <gtest/gtest.h>

#include "json/json.h"
#include "sqlite/testing/database.h"

namespace edgepack::json {
namespace {

/// Refuses one of the things that SQLite asks for: when as many were allowed as `*left` said.
int deny_one(void* left, int, const char*, const char*, const char*, const char*) {
  return (*static_cast<int*>(left))-- == 0 ? SQLITE_DENY : SQLITE_OK;
}

/// Runs `sql` with the first step refused, then the second, and so on; `check` is called with
/// whether it failed.
void fail_at_every_step(edgepack::testing::Database& database, const char* sql, auto check) {
  for (int allowed = 0;; ++allowed) {
    sqlite::Statement call(database, sql);  // what it asks for itself is allowed
    int left = allowed;
    sqlite3_set_authorizer(database, deny_one, &left);
    bool failed = false;
    try {
      call.run();
    } catch (const sqlite::Error&) {
      failed = true;
    }
    sqlite3_set_authorizer(database, nullptr, nullptr);
    check(failed);
    if (left >= 0) return;  // there are no more steps
  }
}

TEST(ElementIndex, AllOrNothing) {
  edgepack::testing::Database database(register_json);
  database.rows("CREATE TABLE t(id INTEGER PRIMARY KEY, d); INSERT INTO t VALUES (1, '[1,2]')");
  const char* const kParts = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 't_d%'";
  int failures = 0;
  fail_at_every_step(database, "SELECT fjson_index('t', 'd', '$[*]')", [&](bool failed) {
    failures += failed ? 1 : 0;
    ASSERT_EQ(database.row(kParts), failed ? "0" : "5");
    ASSERT_EQ(sqlite3_get_autocommit(database), 1);
  });
  EXPECT_GT(failures, 20);
  // Made anew, the old one stays until the new one is there.
  fail_at_every_step(database, "SELECT fjson_index('t', 'd', '$[*]')", [&](bool) {
    ASSERT_EQ(database.row(kParts), "5");
    ASSERT_EQ(database.row("SELECT group_concat(value) FROM t_d"), "'1,2'");
  });
  fail_at_every_step(database, "SELECT fjson_drop_index('t_d')", [&](bool failed) {
    ASSERT_EQ(database.row(kParts), failed ? "5" : "0");
    ASSERT_EQ(sqlite3_get_autocommit(database), 1);
  });
}

TEST(ElementIndex, InATransactionOfTheUser) {
  edgepack::testing::Database database(register_json);
  database.rows(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, d); BEGIN; INSERT INTO t VALUES (1, '[1]')");
  EXPECT_EQ(database.error("SELECT fjson_index('t', 'd', '$[*]', 't')"),
            "fjson_index: t: is a table that fjson_index() did not make; give another name: "
            "fjson_index(table, column, path, name)");
  database.rows("SELECT fjson_index('t', 'd', '$[*]'); INSERT INTO t VALUES (2, '[2]')");
  EXPECT_EQ(database.row("SELECT group_concat(value) FROM t_d"), "'1,2'");
  database.rows("ROLLBACK");
  EXPECT_EQ(database.row("SELECT count(*) FROM sqlite_schema"), "1");
  EXPECT_EQ(database.row("SELECT count(*) FROM t"), "0");
}

}  // namespace
}  // namespace edgepack::json
