// Blocks that deletes empty are merged, and nothing but the space changes.

#include <gtest/gtest.h>
#include <random>

#include "sqlite/testing/database.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;

constexpr const char* kCreate =
    "CREATE VIRTUAL TABLE t USING vec0(p integer partition key, f float[4], i int8[300], m "
    "integer, "
    "s text, +n text)";

/// Rows `first` to `last`, a fifth of them in each partition from `partition` on.
std::string insert(int first, int last, int partition) {
  return "WITH RECURSIVE c(x) AS (VALUES (" + std::to_string(first) +
         ") UNION ALL SELECT x + 1 FROM c WHERE x < " + std::to_string(last) +
         ") INSERT INTO t(rowid, p, f, i, m, s, n) SELECT x, " + std::to_string(partition) +
         " + x % 5, vec_f32(json_array(x, x % 17, -x, 1)), "
         "vec_int8(CAST(printf('%0300d', x) AS BLOB)), x * 3, 'text ' || x, 'note ' || x FROM c";
}

sqlite3_int64 number(Database& database, const std::string& sql) {
  sqlite::Statement statement(database, sql);
  statement.step();
  return statement.column_integer(0);
}

/// Every row has what insert() gave it, under every way to ask for it.
void expect_whole(Database& database) {
  ASSERT_EQ(database.row("SELECT vec_check('t')"), "'ok'");
  ASSERT_EQ(number(database,
                   "SELECT count(*) FROM t WHERE f = vec_f32(json_array(rowid, rowid % 17, -rowid, "
                   "1)) AND i = CAST(printf('%0300d', rowid) AS BLOB) AND m = rowid * 3 AND s = "
                   "'text ' || rowid AND n = 'note ' || rowid"),
            number(database, "SELECT count(*) FROM t_rows"));
  ASSERT_EQ(number(database, "SELECT count(*) FROM t WHERE f MATCH '[7,7,-7,1]' AND k = 100000"),
            number(database, "SELECT count(*) FROM t_rows"));
}

TEST(BlockMerge, AfterDeletesOfMostRows) {
  Database database(register_vec);
  database.rows(kCreate);
  database.rows(insert(1, 8000, 0));
  const sqlite3_int64 full = number(database, "SELECT sum(length(slots)) FROM t_codes");
  std::mt19937 random(3);
  database.rows("BEGIN; CREATE TEMP TABLE gone AS SELECT rowid AS id FROM t WHERE rowid % 19 <> 0");
  database.rows("DELETE FROM t WHERE rowid IN (SELECT id FROM gone)");
  ASSERT_NO_FATAL_FAILURE(expect_whole(database));
  EXPECT_EQ(number(database, "SELECT count(*) FROM t_rows"), 421);
  // A nineteenth of the rows, in blocks of which at most seven eighths are empty.
  EXPECT_LT(number(database, "SELECT sum(length(slots)) FROM t_codes"), full / 2);
  database.rows("INSERT INTO t(t) VALUES ('optimize')");
  ASSERT_NO_FATAL_FAILURE(expect_whole(database));
  EXPECT_LT(number(database, "SELECT sum(length(slots)) FROM t_codes"), full / 5);
  EXPECT_EQ(number(database, "SELECT count(*) FROM t_blocks"), 5);
  database.rows("ROLLBACK");
  ASSERT_NO_FATAL_FAILURE(expect_whole(database));
  EXPECT_EQ(number(database, "SELECT count(*) FROM t_rows"), 8000);
}

/// New rows go to partitions of their own, so that nobody asks for the places that became free.
TEST(BlockMerge, GivesSpaceBackWherePartitionsComeAndGo) {
  Database database(register_vec);
  database.rows(kCreate);
  database.rows(insert(1, 3000, 0));
  const sqlite3_int64 loaded = number(database, "PRAGMA page_count");
  std::mt19937 random(4);
  int next = 3001;
  for (int round = 1; round <= 10; ++round) {
    database.rows("BEGIN");
    std::vector<std::string> rowids = database.rows("SELECT rowid FROM t");
    std::shuffle(rowids.begin(), rowids.end(), random);
    rowids.resize(rowids.size() * 9 / 10);
    for (const std::string& rowid : rowids) database.rows("DELETE FROM t WHERE rowid = " + rowid);
    const int count = static_cast<int>(rowids.size());
    database.rows(insert(next, next + count - 1, 10 * round));
    next += count;
    database.rows("COMMIT");
  }
  ASSERT_NO_FATAL_FAILURE(expect_whole(database));
  EXPECT_EQ(number(database, "SELECT count(*) FROM t_rows"), 3000);
  EXPECT_LE(static_cast<double>(number(database, "PRAGMA page_count")),
            1.3 * static_cast<double>(loaded));
}

TEST(BlockMerge, InAnyOrderWithSavepoints) {
  std::mt19937 random(5);
  for (int run = 0; run < 4; ++run) {
    Database database(register_vec);
    database.rows(kCreate);
    database.rows(insert(1, 1500, 0));
    database.rows("BEGIN");
    int next = 1501;
    for (int step = 0; step < 25; ++step) {
      const std::string modulus = std::to_string(2 + random() % 12);
      switch (random() % 6) {
        case 0:
        case 1:
          database.rows("DELETE FROM t WHERE rowid % " + modulus +
                        " <> 0 AND p = " + std::to_string(random() % 8));
          break;
        case 2:
          database.rows(insert(next, next + 200, static_cast<int>(random() % 4)));
          next += 201;
          break;
        case 3:
          database.rows("SAVEPOINT s");
          break;
        case 4:
          (void)database.error("ROLLBACK TO s");
          break;
        default:
          database.rows("INSERT INTO t(t) VALUES ('optimize')");
      }
      ASSERT_NO_FATAL_FAILURE(expect_whole(database)) << "run " << run << ", step " << step;
    }
    database.rows("COMMIT");
    ASSERT_NO_FATAL_FAILURE(expect_whole(database));
  }
}

TEST(BlockMerge, LeavesSmallAndFullTablesAlone) {
  Database database(register_vec);
  database.rows(kCreate);
  database.rows("INSERT INTO t(t) VALUES ('optimize')");
  database.rows(insert(1, 1000, 0));
  const auto blocks = database.rows("SELECT block, versions FROM t_blocks");
  database.rows("INSERT INTO t(t) VALUES ('optimize')");
  EXPECT_EQ(database.rows("SELECT block, versions FROM t_blocks"), blocks);
  EXPECT_EQ(database.error("INSERT INTO t(t) VALUES ('optimise')"),
            "unknown vec0 command: 'optimise'");
  EXPECT_NE(database.error("UPDATE t SET t = 'optimize' WHERE rowid = 1"), "");
}

/// The rows beside the one that is deleted need not be whole for it to go.
TEST(BlockMerge, DoesNotStumbleOverDamageElsewhere) {
  Database database(register_vec);
  database.rows("CREATE VIRTUAL TABLE t USING vec0(f float[2])");
  database.rows(
      "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 64) "
      "INSERT INTO t(rowid, f) SELECT x, json_array(x, 1) FROM c;"
      "UPDATE t_rows SET vectors_checksum = 0 WHERE rowid = 64");
  database.rows("DELETE FROM t WHERE rowid < 63");
  EXPECT_EQ(number(database, "SELECT count(*) FROM t_rows"), 2);
  EXPECT_NE(database.row("SELECT vec_check('t')").find("row 64"), std::string::npos);
}

}  // namespace
}  // namespace edgepack::vec
