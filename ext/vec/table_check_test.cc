// vec_check and PRAGMA integrity_check: silent on sound tables whatever was done to them, loud on
// every damage.

#include "vec/table_check.h"

#include <gtest/gtest.h>
#include <random>

#include "sqlite/testing/database.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;

/// Every kind of column, two partitions, blocks of several sizes, some places free.
void fill(Database& database) {
  database.rows(
      "CREATE VIRTUAL TABLE t USING vec0(id text primary key, p text partition key, f float[5], "
      "i int8[6] distance_metric=l1, b bit[16], m integer, s text, r float, y boolean, +n text);"
      "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 24) "
      "INSERT INTO t(id, p, f, i, b, m, s, r, y, n) SELECT 'k' || x, iif(x % 3, 'first', 'second'),"
      "vec_f32(json_array(x, x * x % 7, -x, 0.5, x % 3)), "
      "vec_int8(json_array(x, -x, x * x % 100, 0, 1, x % 5)), "
      "vec_bit(CAST(char(33 + x, 64 + x) AS BLOB)), x * 1000, 'a text that is longer ' || x, "
      "x / 4.0, x % 2, 'row ' || x FROM c;"
      "DELETE FROM t WHERE id IN ('k3', 'k7', 'k8')");
}

std::string check(Database& database) { return database.row("SELECT vec_check('t')"); }

TEST(TableCheck, IsSilentOnSoundTables) {
  Database database(register_vec);
  database.rows("CREATE VIRTUAL TABLE t USING vec0(f float[3])");
  EXPECT_EQ(check(database), "'ok'");
  database.rows("INSERT INTO t(f) VALUES ('[1,2,3]'), ('[0,0,0]')");
  EXPECT_EQ(check(database), "'ok'");
  database.rows("DELETE FROM t");
  EXPECT_EQ(check(database), "'ok'");
  database.rows("DROP TABLE t");
  fill(database);
  EXPECT_EQ(check(database), "'ok'");
  database.rows("ALTER TABLE t RENAME TO u");
  EXPECT_EQ(database.row("SELECT vec_check('u')"), "'ok'");
}

TEST(TableCheck, FindsTheTable) {
  Database database(register_vec);
  database.rows(
      "ATTACH ':memory:' AS \"other db\"; CREATE TABLE plain(x);"
      "CREATE VIRTUAL TABLE \"other db\".\"a \"\"table\" USING vec0(f float[3]);"
      "CREATE VIRTUAL TABLE temp.t USING vec0(f float[3])");
  EXPECT_EQ(database.row("SELECT vec_check('a \"table')"), "'ok'");
  EXPECT_EQ(database.row("SELECT vec_check('A \"TABLE', 'other DB')"), "'ok'");
  EXPECT_EQ(database.row("SELECT vec_check('t')"), "'ok'");
  for (const char* wrong :
       {"SELECT vec_check('none')", "SELECT vec_check('plain')", "SELECT vec_check(NULL)",
        "SELECT vec_check('t', 'main')", "SELECT vec_check('t', 'nowhere')"}) {
    EXPECT_NE(database.error(wrong), "") << wrong;
  }
}

/// What a random run of writes and rollbacks leaves is sound.
TEST(TableCheck, IsSilentAfterRandomWrites) {
  std::mt19937 random(7);
  for (int run = 0; run < 20; ++run) {
    Database database(register_vec);
    fill(database);
    database.rows("BEGIN");
    for (int step = 0; step < 60; ++step) {
      const std::string id = std::to_string(random() % 40);
      const std::string vector = "vec_f32('[" + std::to_string(random() % 9) + ",1,2,3,4]')";
      const std::string partition = random() % 2 == 0 ? "'first'" : "'third'";
      switch (random() % 8) {
        case 0:
        case 1:
          database.rows("INSERT OR REPLACE INTO t(id, p, f, i, b, m, s) VALUES ('k" + id + "', " +
                        partition + ", " + vector +
                        ", vec_int8('[1,2,3,4,5,6]'), vec_bit(x'0102'), " + id + ", 'text" + id +
                        "')");
          break;
        case 2:
          database.rows("DELETE FROM t WHERE id = 'k" + id + "'");
          break;
        case 3:
          database.rows("UPDATE t SET f = " + vector + ", s = " +
                        (random() % 2 == 0 ? "NULL" : "''") + " WHERE id = 'k" + id + "'");
          break;
        case 4:
          database.rows("UPDATE t SET p = " + partition + " WHERE id = 'k" + id + "'");
          break;
        case 5:
          database.rows("SAVEPOINT s");
          break;
        case 6:
          (void)database.error("ROLLBACK TO s");
          break;
        default:
          database.rows("UPDATE t SET m = " + id + ", s = 'a much longer text " + id +
                        "', n = 'new' WHERE id < 'k" + id + "'");
      }
      ASSERT_EQ(check(database), "'ok'") << "run " << run << ", step " << step;
    }
    database.rows(run % 2 == 0 ? "COMMIT" : "ROLLBACK");
    ASSERT_EQ(check(database), "'ok'");
  }
}

/// Applies `damage` in a transaction and takes it back; answers what the check says of it.
std::string check_with(Database& database, const std::string& damage) {
  database.rows("SAVEPOINT damage");
  database.rows(damage);
  std::string found = database.error("SELECT vec_check('t')");
  if (found.empty()) found = check(database);
  database.rows("ROLLBACK TO damage; RELEASE damage");
  return found;
}

struct ShadowColumn {
  const char* table;
  const char* column;
};

TEST(TableCheck, FindsEveryByteThatFlipped) {
  Database database(register_vec);
  fill(database);
  constexpr ShadowColumn kBlobs[] = {{"t_rows", "vector00"},
                                     {"t_blocks", "used"},
                                     {"t_blocks", "versions"},
                                     {"t_codes", "slots"},
                                     {"t_metadata", "content"}};
  int silent = 0;
  int flips = 0;
  for (const ShadowColumn& blob : kBlobs) {
    std::vector<std::pair<std::string, std::string>> values;
    {
      sqlite::Statement read(
          database, std::string("SELECT rowid, hex(") + blob.column + ") FROM " + blob.table);
      while (read.step()) values.emplace_back(read.column_text(0), read.column_text(1));
    }
    for (const auto& [rowid, hex] : values) {
      for (std::size_t digit = 1; digit < hex.size(); digit += 2) {
        std::string changed = hex;
        changed[digit] = changed[digit] == '0' ? '1' : '0';
        const std::string found =
            check_with(database, std::string("UPDATE ") + blob.table + " SET " + blob.column +
                                     " = x'" + changed + "' WHERE rowid = " + rowid);
        ++flips;
        silent += found == "'ok'" ? 1 : 0;
        // What is not in use has no meaning.
        const bool has_unused =
            std::string(blob.table) == "t_codes" || std::string(blob.table) == "t_metadata";
        ASSERT_TRUE(found != "'ok'" || has_unused)
            << blob.table << "." << blob.column << " " << digit / 2;
      }
    }
  }
  EXPECT_GT(flips, 1000);
  EXPECT_LT(silent, flips / 2);
}

TEST(TableCheck, FindsWhatIsMissingOrTooMuch) {
  Database database(register_vec);
  fill(database);
  const std::pair<const char*, const char*> kDamages[] = {
      {"DELETE FROM t_rows WHERE rowid = 1", "there is no row 1"},
      {"DELETE FROM t_blocks WHERE block = 1", "its block 1 is missing"},
      {"DELETE FROM t_blocks", "is missing"},
      {"DELETE FROM t_codes WHERE rowid % 32 = 1", "its codes are missing"},
      {"DELETE FROM t_metadata", "are missing"},
      {"DELETE FROM t_lists WHERE list = 1", "there is no list 1"},
      {"INSERT INTO t_codes VALUES (32000, x'')", "there is no block for code 32000"},
      {"INSERT INTO t_codes VALUES (32 + 7, x'')", "there is no block for code 39"},
      {"INSERT INTO t_metadata VALUES (77, x'')", "there is no block for metadata 77"},
      {"INSERT INTO t_lists(list, blocks, checksum) VALUES (99, 0, 0)",
       "there is no block for list 99"},
      {"DELETE FROM t_info WHERE key = 'blocks'", "the number of blocks is missing"},
      {"UPDATE t_info SET value = 9 WHERE key = 'blocks'", "2 headers of blocks, expected 9"},
      {"UPDATE t_lists SET blocks = 5 WHERE list = 2", "than expected: list 2"},
      {"UPDATE t_rows SET metadata00 = 5 WHERE rowid = 2", "row 2: the checksum does not match"},
      {"UPDATE t_rows SET auxiliary00 = 'x' WHERE rowid = 2", "row 2: the checksum does not match"},
      {"UPDATE t_rows SET slot = slot + 1 WHERE rowid = 2", "row 2 has another place"},
      {"INSERT INTO t_rows SELECT 500, 'new', checksum, vectors_checksum, 65536 * 900, "
       "partition00, "
       "metadata00, metadata01, metadata02, metadata03, auxiliary00, vector00 FROM t_rows WHERE "
       "rowid = 1",
       "row 500: its block 900 is missing"},
  };
  for (const auto& [damage, expected] : kDamages) {
    const std::string found = check_with(database, damage);
    EXPECT_NE(found.find(expected), std::string::npos) << damage << ": " << found;
  }
  EXPECT_EQ(check(database), "'ok'");
}

/// A row and a code that are each whole, but not of each other: no checksum can tell.
TEST(TableCheck, FindsCodesOfAnotherVector) {
  Database database(register_vec);
  database.rows(
      "CREATE VIRTUAL TABLE t USING vec0(f float[4], m integer);"
      "INSERT INTO t(rowid, f, m) VALUES (1, '[1,2,3,4]', 10), (2, '[9,8,7,6]', 20);"
      "CREATE TABLE codes AS SELECT code, slots FROM t_codes;"
      "CREATE TABLE metadata AS SELECT block, content FROM t_metadata;"
      "UPDATE t SET f = '[4,3,2,1]', m = 11 WHERE rowid = 1");
  EXPECT_EQ(check(database), "'ok'");
  EXPECT_NE(check_with(database,
                       "UPDATE t_codes SET slots = (SELECT slots FROM codes WHERE codes.code = "
                       "t_codes.code)")
                .find("row 1: the code of column \"f\" is not that of its vector"),
            std::string::npos);
  EXPECT_NE(check_with(database,
                       "UPDATE t_metadata SET content = (SELECT content FROM metadata WHERE "
                       "metadata.block = t_metadata.block)")
                .find("row 1: the block has another value of column \"m\""),
            std::string::npos);
}

TEST(TableCheck, EndsAfterEnoughProblems) {
  Database database(register_vec);
  database.rows(
      "CREATE VIRTUAL TABLE t USING vec0(f float[2]);"
      "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 500) "
      "INSERT INTO t(f) SELECT json_array(x, 1) FROM c; DELETE FROM t_rows");
  const std::string found = check(database);
  EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), std::ptrdiff_t{kMostProblems} - 1);
}

TEST(TableCheck, CanBeInterrupted) {
  Database database(register_vec);
  fill(database);
  Definition definition;
  definition.vectors = {{"f", ElementType::kFloat32, 3, Metric::kL2}};
  database.rows(
      "CREATE VIRTUAL TABLE u USING vec0(f float[3]); INSERT INTO u(f) VALUES ('[1,2,3]')");
  const TableName name{database, "main", "u"};
  EXPECT_THROW(
      check_table(name, definition, CheckDepth::kFull, [] { throw std::runtime_error("stop"); }),
      std::runtime_error);
}

}  // namespace
}  // namespace edgepack::vec
