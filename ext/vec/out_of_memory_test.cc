// Every allocation fails in turn while a vec0 table is created, written and queried: the statement
// fails or succeeds, and the table is what it was or what it should be. A program of its own,
// because the allocator is set before SQLite is first used.

#include "sqlite/testing/out_of_memory.h"

#include <cstdlib>
#include <gtest/gtest.h>

#include "sqlite/testing/database.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;

constexpr const char* kCreate =
    "CREATE VIRTUAL TABLE t USING vec0(id text primary key, f float[6] distance_metric=cosine, "
    "b bit[8], +n text, p integer partition key, g text, y integer)";
constexpr const char* kContents = "SELECT id, f, b, n, p, g, y FROM t ORDER BY id";
constexpr const char* kNearest =
    "SELECT id FROM t WHERE f MATCH '[1,1,2,3,5,8]' AND id IN ('r1', 'r2', 'new') ORDER BY "
    "distance";
constexpr const char* kFiltered =
    "SELECT id FROM t WHERE f MATCH '[1,1,2,3,5,8]' AND k = 3 AND g LIKE 'a t%' AND y IN (2, 3, 4) "
    "AND "
    "p = 1 AND n GLOB 'n*' AND n <> 'x' COLLATE NOCASE";

std::string joined(const std::vector<std::string>& rows) {
  std::string all;
  for (const std::string& row : rows) all += row + "\n";
  return all;
}

/// What must hold of every table, whatever was refused.
void expect_sound(Database& database) {
  const std::string rows = database.row("SELECT count(*) FROM t");
  for (const char* query : {"SELECT count(*) FROM t WHERE f MATCH '[1,1,2,3,5,8]' AND k = 1000",
                            "SELECT count(*) FROM t WHERE b MATCH vec_bit(x'0f') AND k = 1000",
                            "SELECT count(*) FROM t_rows"}) {
    EXPECT_EQ(database.row(query), rows) << query;
  }
  EXPECT_EQ(database.row("PRAGMA integrity_check"), "'ok'");
  EXPECT_EQ(database.row("SELECT vec_check('t')"), "'ok'");
  EXPECT_EQ(database.error(kContents), "");
}

/// Eight rows fill the first block, so that the next insert makes it grow.
void fill(Database& database) {
  database.rows(kCreate);
  database.rows(
      "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 8) "
      "INSERT INTO t SELECT 'r' || x, vec_f32(json_array(x, 1, 2, 3, x * x, 1)), "
      "vec_bit(CAST(char(x) AS BLOB)), 'note', 1, 'a text of ' || x, x FROM c");
}

bool run(Database& database, const char* sql) {
  return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

/// Runs `sql` on a fresh table again and again, each time with one more allocation allowed. Only
/// EDGEPACK_LONG_TESTS=1 takes them all: otherwise it is every third, of other statements other
/// ones.
void refuse_each_allocation(const std::string& sql, bool in_transaction) {
  SCOPED_TRACE(sql);
  std::string before;
  std::string after;
  {
    Database database(register_vec);
    fill(database);
    before = joined(database.rows(kContents));
    database.rows(sql);
    after = joined(database.rows(kContents));
  }
  int failures = 0;
  const long step = std::getenv("EDGEPACK_LONG_TESTS") == nullptr ? 3 : 1;
  static long first = 0;
  for (long allowed = first++ % step;; allowed += step) {
    Database database(register_vec);
    fill(database);
    if (in_transaction) database.rows("BEGIN");
    edgepack::testing::fail_allocations_after(allowed);
    const bool succeeded = run(database, sql.c_str());
    const bool refused = edgepack::testing::stop_failing();
    failures += succeeded ? 0 : 1;
    // Within a transaction SQLite may have rolled back all of it.
    if (sqlite3_get_autocommit(database) == 0) database.rows("COMMIT");
    ASSERT_EQ(joined(database.rows(kContents)), succeeded ? after : before) << allowed;
    ASSERT_NO_FATAL_FAILURE(expect_sound(database));
    if (!refused) {
      ASSERT_TRUE(succeeded);
      break;
    }
  }
  EXPECT_GT(failures, 10 / step);
}

const std::string kStatements[] = {
    "INSERT INTO t(id, f, b, n, p, g) VALUES ('new', '[1,2,3,4,5,6]', vec_bit(x'aa'), 'text', 1, "
    "'g')",
    "INSERT OR REPLACE INTO t(id, f, b) VALUES ('r5', '[1,2,3,4,5,6]', vec_bit(x'aa'))",
    "UPDATE t SET f = '[6,5,4,3,2,1]', n = 'changed' WHERE id = 'r3'",
    "DELETE FROM t WHERE id = 'r2'",
    "DELETE FROM t",
    "UPDATE t SET g = 'a text that is too long for the first heap of a block', y = NULL WHERE id = "
    "'r6'",
    "UPDATE t SET p = 2 WHERE id = 'r4'",
    "INSERT INTO t(id, f, b, p, g) SELECT id || 'x', f, b, p, g FROM t",
    kNearest,
    kFiltered,
    "SELECT * FROM t",
};

TEST(OutOfMemory, LeavesTheTableSoundInAutocommit) {
  for (const std::string& sql : kStatements) refuse_each_allocation(sql, false);
}

/// One of each kind: what a transaction adds is the same for all statements of a kind.
TEST(OutOfMemory, LeavesTheTableSoundInATransaction) {
  for (const std::size_t statement : {1U, 2U, 3U, 6U}) {
    refuse_each_allocation(kStatements[statement], true);
  }
}

/// The eighth row fills a block of such wide vectors, whose codes are split then; the query reads
/// both halves.
TEST(OutOfMemory, SplitsCodesOrNot) {
  const std::string insert =
      "INSERT INTO t(f, w) SELECT vec_f32(CAST(printf('%0256d', x) AS BLOB)), "
      "vec_int8(zeroblob(16384)) "
      "FROM c";
  const std::string nearest =
      "SELECT rowid FROM t WHERE f MATCH vec_f32(CAST(printf('%0256d', 3) AS BLOB)) AND k = 8";
  for (const std::string& sql : {"WITH c(x) AS (VALUES (8)) " + insert, nearest}) {
    int failures = 0;
    for (long allowed = 0;; ++allowed) {
      Database database(register_vec);
      database.rows(
          "CREATE VIRTUAL TABLE t USING vec0(f float[64], w int8[16384]);"
          "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 7)" +
          insert);
      const bool is_query = sql == nearest;
      if (is_query) database.rows("WITH c(x) AS (VALUES (8)) " + insert);
      edgepack::testing::fail_allocations_after(allowed);
      const bool succeeded = run(database, sql.c_str());
      const bool refused = edgepack::testing::stop_failing();
      failures += succeeded ? 0 : 1;
      const bool is_full = succeeded || is_query;
      ASSERT_EQ(database.row("SELECT count(*) FROM t"), is_full ? "8" : "7") << allowed;
      ASSERT_EQ(database.row("SELECT count(*) FROM t_codes WHERE code % 32 >= 16"),
                is_full ? "1" : "0");
      ASSERT_EQ(database.row("SELECT vec_check('t')"), "'ok'");
      ASSERT_EQ(database.rows(nearest).size(), is_full ? 8U : 7U);
      if (!refused) break;
    }
    EXPECT_GT(failures, 10);
  }
}

TEST(OutOfMemory, LeavesTheTableSoundWhenOpenBlocksAreWritten) {
  const std::string open =
      "BEGIN; INSERT INTO t(id, f, b, p, g) VALUES ('a', '[1,2,3,4,5,6]', vec_bit(x'aa'), 1, 'g'), "
      "('b', '[1,2,3,4,5,6]', vec_bit(x'aa'), 2, 'a text')";
  const std::string last =
      "INSERT INTO t(id, f, b, p, g) VALUES ('c', '[1,2,3,4,5,6]', vec_bit(x'aa'), 2, 'h')";
  for (const std::string& sql :
       {std::string("COMMIT"), std::string("SAVEPOINT s; RELEASE s; COMMIT"),
        std::string(kFiltered) + "; COMMIT", std::string("UPDATE t SET p = 3; COMMIT"),
        std::string("INSERT INTO t(id, f, b) SELECT 'd', f, b FROM t WHERE id = 'a'; COMMIT")}) {
    SCOPED_TRACE(sql);
    int failures = 0;
    const long step = std::getenv("EDGEPACK_LONG_TESTS") == nullptr ? 5 : 1;
    for (long allowed = 0;; allowed += step) {
      Database database(register_vec);
      fill(database);
      const std::string before = joined(database.rows(kContents));
      database.rows(open);
      database.rows(last);
      edgepack::testing::fail_allocations_after(allowed);
      const bool succeeded = run(database, sql.c_str());
      const bool refused = edgepack::testing::stop_failing();
      failures += succeeded ? 0 : 1;
      const bool committed =
          sqlite3_get_autocommit(database) == 0 ? run(database, "COMMIT") : succeeded;
      ASSERT_NE(sqlite3_get_autocommit(database), 0);
      const std::string found = joined(database.rows(kContents));
      if (committed) {
        const std::string rows = database.row("SELECT count(*) FROM t");
        ASSERT_TRUE(rows == "11" || rows == "12") << allowed << ": " << rows;
      } else {
        ASSERT_EQ(found, before) << allowed;
      }
      ASSERT_NO_FATAL_FAILURE(expect_sound(database)) << allowed;
      if (!refused) {
        ASSERT_TRUE(succeeded);
        break;
      }
    }
    EXPECT_GT(failures, 3);
  }
}

TEST(OutOfMemory, CreatesAllOrNothing) {
  // SQLite itself starts, and hands over its routines, before anything is refused.
  const Database first(register_vec);
  const int failures = edgepack::testing::fail_each_allocation([] {
    Database database(register_vec);
    if (run(database, kCreate)) return;
    edgepack::testing::stop_failing();
    EXPECT_EQ(database.row("SELECT count(*) FROM sqlite_schema"), "0");
    EXPECT_EQ(database.error(kCreate), "");
    throw std::bad_alloc();
  });
  EXPECT_GT(failures, 100);
}

}  // namespace
}  // namespace edgepack::vec

int main(int count, char** arguments) {
  edgepack::testing::install_failing_allocator();
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
