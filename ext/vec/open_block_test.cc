// Rows that are inserted and not yet written, against everything that a connection can do before
// the transaction ends: docs/vec-format.md, "Open blocks".

#include <filesystem>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

#include "sqlite/testing/database.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;
using sqlite::Statement;
using Lines = std::vector<std::string>;

/// Replaces every `$` of `sql`.
std::string on(const std::string& table, const std::string& sql) {
  std::string text;
  for (const char letter : sql) letter == '$' ? text += table : text += letter;
  return text;
}

/// A vec0 table t, and an ordinary table u beside it that every statement changes in the same way:
/// SQLite itself takes back what is to be taken back, in both.
class Pair {
 public:
  /// `wide` makes the largest capacity of a block 8: rows of 16 KiB.
  Pair(unsigned seed, bool wide) : database_(register_vec), random_(seed), wide_(wide) {
    create();
    database_.rows("CREATE TABLE other_0(x)");
  }

  void step() {
    switch (random_() % 21) {
      case 0:
        begin();
        break;
      case 1:
        end();
        break;
      case 2:
        if (in_transaction()) {
          database_.rows("SAVEPOINT s" + std::to_string(savepoints_++));
        }
        break;
      case 3:
        if (savepoints_ > 0) {
          const auto to = random_() % savepoints_;
          database_.rows("ROLLBACK TO s" + std::to_string(to));
          savepoints_ = to + 1;
        }
        break;
      case 4:
        if (savepoints_ > 0) {
          savepoints_ = random_() % savepoints_;
          database_.rows("RELEASE s" + std::to_string(savepoints_));
        }
        break;
      case 5:
        connect_anew();
        break;
      case 6:
        check();
        break;
      case 7:
        nearest();
        break;
      case 8:
        both("DELETE FROM $ WHERE rowid = " + rowid());
        break;
      case 9:
        both("UPDATE $ SET " + change() + " WHERE rowid = " + rowid());
        break;
      case 10:
        both("UPDATE $ SET " + change() + " WHERE rowid % 5 = " + std::to_string(random_() % 5));
        break;
      case 11:
        both("DELETE FROM $ WHERE rowid % 3 = " + std::to_string(random_() % 3));
        break;
      case 12:
        insert_many();
        break;
      case 13:
        if (random_() % 4 != 0) break;
        database_.rows("DROP TABLE t; DROP TABLE u");
        create();
        break;
      case 14:
        if (random_() % 4 == 0) database_.rows("INSERT INTO t(t) VALUES ('optimize')");
        break;
      default:
        insert();
    }
  }

  void end() {
    if (!in_transaction()) return;
    database_.rows(random_() % 4 == 0 ? "ROLLBACK" : "COMMIT");
    savepoints_ = 0;
    check();
  }

  void check() {
    const std::string all = "SELECT rowid, p, f, i, m, s FROM $ ORDER BY rowid";
    // One of the two is first to make the open blocks be written.
    if (random_() % 2 == 0) nearest();
    ASSERT_EQ(database_.rows(on("t", all)), database_.rows(on("u", all)));
    nearest();
    ASSERT_EQ(database_.row("SELECT vec_check('t')"), "'ok'");
    ASSERT_EQ(database_.rows("SELECT rowid FROM t WHERE m < 3 AND s >= 'text' ORDER BY rowid"),
              database_.rows("SELECT rowid FROM u WHERE m < 3 AND s >= 'text' ORDER BY rowid"));
  }

 private:
  void create() {
    database_.rows(
        "CREATE VIRTUAL TABLE t USING vec0(p integer partition key, f float[64], i int8[" +
        std::string(wide_ ? "16384" : "16") + "], m integer, s text);" +
        "CREATE TABLE u(rowid INTEGER PRIMARY KEY, p, f, i, m, s)");
  }
  bool in_transaction() { return sqlite3_get_autocommit(database_) == 0; }
  void begin() {
    if (!in_transaction()) database_.rows("BEGIN");
  }

  std::string number(unsigned long end) { return std::to_string(random_() % end); }
  std::string rowid() { return number(60); }
  std::string floats() {
    std::string list;
    for (int i = 0; i < 64; ++i) list += (i == 0 ? "'[" : ",") + number(19);
    return "vec_f32(" + list + "]')";
  }
  std::string integers() {
    const std::string head = number(100);
    return "vec_int8(CAST(printf('%0" + std::string(wide_ ? "16384" : "16") + "d', " + head +
           ") AS BLOB))";
  }
  std::string text() {
    switch (random_() % 6) {
      case 0:
        return "NULL";
      case 1:
        return "''";
      case 2:
        return "printf('%0" + std::to_string(random_() % 30000 + 1) + "d', 7)";
      default:
        return "'text " + number(100) + "'";
    }
  }
  std::string values() {
    return number(3) + ", " + floats() + ", " + integers() + ", " + number(9) + ", " + text();
  }
  std::string change() {
    switch (random_() % 4) {
      case 0:
        return "f = " + floats();
      case 1:
        return "i = " + integers() + ", m = " + number(9);
      case 2:
        return "s = " + text();
      default:
        return "p = " + number(3);
    }
  }

  void insert() {
    const char* const verbs[] = {"INSERT", "INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE",
                                 "INSERT OR FAIL"};
    const std::string verb = verbs[random_() % std::size(verbs)];
    // With a rowid of its own, or with the next one.
    const std::string columns = random_() % 3 == 0
                                    ? "(p, f, i, m, s) VALUES ("
                                    : "(rowid, p, f, i, m, s) VALUES (" + rowid() + ", ";
    both(verb + " INTO $" + columns + values() + ")");
  }

  /// Some of whose rows may be there already.
  void insert_many() {
    const char* const verbs[] = {"INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE",
                                 "INSERT OR FAIL"};
    both(std::string(verbs[random_() % std::size(verbs)]) +
         " INTO $(rowid, p, f, i, m, s) SELECT rowid + " + number(30) +
         ", (p + 1) % 3, f, i, m, s FROM u WHERE rowid % 2 = " + number(2) + " ORDER BY rowid");
  }

  void both(const std::string& sql) {
    // The statement on t reads from u, which must not have changed.
    const std::string of_t = database_.error(on("t", sql));
    const std::string of_u = database_.error(on("u", sql));
    EXPECT_EQ(of_t.empty(), of_u.empty()) << sql << "\n" << of_t << "\n" << of_u;
  }

  /// Makes SQLite read the schema anew, so that it makes another object for t.
  void connect_anew() {
    if (random_() % 2 == 0) {
      database_.rows("PRAGMA writable_schema = RESET");
    } else {
      const std::string from = database_.row(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'other%'");
      const std::string to = from == "'other_0'" ? "other_1" : "other_0";
      database_.rows("ALTER TABLE " + from + " RENAME TO " + to);
    }
  }

  void nearest() {
    const std::string query = floats();
    // Distances, because rows at the same distance may come in any order before LIMIT.
    const std::string condition = random_() % 2 == 0 ? "" : " AND p = " + number(3);
    ASSERT_EQ(
        database_.rows("SELECT rowid FROM t WHERE f MATCH " + query + " AND k = 9" + condition),
        database_.rows("SELECT rowid FROM u WHERE true" + condition +
                       " ORDER BY vec_distance_l2(f, " + query + "), rowid LIMIT 9"));
    ASSERT_EQ(database_.row("SELECT count(*) FROM t WHERE i MATCH " + integers() + " AND k = 999"),
              database_.row("SELECT count(*) FROM u"));
  }

  Database database_;
  std::mt19937 random_;
  bool wide_;
  unsigned long savepoints_ = 0;
};

class OpenBlocks : public ::testing::TestWithParam<unsigned> {};

TEST_P(OpenBlocks, FollowARandomSchedule) {
  Pair pair(GetParam(), GetParam() % 2 == 0);
  for (int step = 0; step < 400; ++step) {
    SCOPED_TRACE(step);
    ASSERT_NO_FATAL_FAILURE(pair.step());
    if (::testing::Test::HasFailure()) return;
  }
  pair.end();
  pair.check();
}

INSTANTIATE_TEST_SUITE_P(Seeds, OpenBlocks, ::testing::Range(0U, 12U));

constexpr const char* kFind = "SELECT rowid FROM t WHERE f MATCH '[1,2]' AND k = 1000";

class OpenBlock : public ::testing::Test {
 protected:
  OpenBlock() : OpenBlock(":memory:") {}
  explicit OpenBlock(const std::string& path) : database_(register_vec, path) {
    database_.rows("CREATE VIRTUAL TABLE t USING vec0(f float[2], s text); CREATE TABLE other(x)");
  }

  static std::string insert(int rowid) {
    return "INSERT INTO t(rowid, f, s) VALUES (" + std::to_string(rowid) + ", '[1,2]', 'text')";
  }
  void expect_rows(const Lines& rows) {
    EXPECT_EQ(database_.rows(kFind), rows);
    EXPECT_EQ(database_.rows("SELECT rowid FROM t ORDER BY rowid"), rows);
    EXPECT_EQ(database_.row("SELECT vec_check('t')"), "'ok'");
    EXPECT_EQ(database_.row("PRAGMA integrity_check"), "'ok'");
  }
  /// Headers as they are in the database: what is not written is not among them.
  std::string blocks() { return database_.row("SELECT count(*) FROM t_blocks"); }

  Database database_;
};

TEST_F(OpenBlock, IsWrittenBeforeItIsRead) {
  database_.rows("BEGIN; " + insert(1) + "; " + insert(2));
  EXPECT_EQ(blocks(), "0");
  EXPECT_EQ(database_.rows("SELECT rowid FROM t"), Lines({"1", "2"}));
  EXPECT_EQ(blocks(), "0");
  EXPECT_EQ(database_.rows(kFind), Lines({"1", "2"}));
  EXPECT_EQ(blocks(), "1");
  database_.rows(insert(3) + "; COMMIT");
  expect_rows({"1", "2", "3"});
}

TEST_F(OpenBlock, IsWrittenByTheObjectThatHasIt) {
  database_.rows("BEGIN; " + insert(1) + "; ALTER TABLE other RENAME TO another; " + insert(2));
  EXPECT_EQ(database_.rows(kFind), Lines({"1", "2"}));
  // Nothing is written here: it opens no savepoint.
  database_.rows(insert(3) + "; PRAGMA writable_schema = RESET; " + insert(4));
  EXPECT_EQ(database_.row("SELECT vec_check('t')"), "'ok'");
  database_.rows(insert(5) + "; PRAGMA writable_schema = RESET");
  EXPECT_EQ(database_.rows(kFind), Lines({"1", "2", "3", "4", "5"}));
  database_.rows(insert(6) + "; PRAGMA writable_schema = RESET; COMMIT");
  expect_rows({"1", "2", "3", "4", "5", "6"});
}

TEST_F(OpenBlock, IsNotThatOfAnotherTableOfTheSameName) {
  database_.rows("BEGIN; SAVEPOINT s; DROP TABLE t; CREATE VIRTUAL TABLE t USING vec0(f float[3])");
  database_.rows("INSERT INTO t(rowid, f) VALUES (7, '[1,2,3]'); ROLLBACK TO s");
  database_.rows(insert(1) +
                 "; DROP TABLE t; CREATE VIRTUAL TABLE t USING vec0(f float[2], s text)");
  database_.rows(insert(2) + "; COMMIT");
  expect_rows({"2"});
  database_.rows("BEGIN; " + insert(3) +
                 "; ALTER TABLE t RENAME TO v; INSERT INTO v(f) VALUES "
                 "('[1,2]'); ALTER TABLE v RENAME TO t; " +
                 insert(9) + "; COMMIT");
  expect_rows({"2", "3", "4", "9"});
  // The same in all that can be seen of it.
  database_.rows(
      "BEGIN; SAVEPOINT s; DROP TABLE t; CREATE VIRTUAL TABLE t USING vec0(f float[2], s "
      "text); " +
      insert(2) + "; " + insert(3) + "; ROLLBACK TO s; COMMIT");
  expect_rows({"2", "3", "4", "9"});
}

TEST_F(OpenBlock, GoesWithTheTableThatWasMadeAfterASavepoint) {
  const std::string make = "CREATE VIRTUAL TABLE v USING vec0(f float[2])";
  const std::string insert = "INSERT INTO v(f) VALUES ('[1,2]')";
  database_.rows("BEGIN; SAVEPOINT s; " + make + "; " + insert + "; ROLLBACK TO s; COMMIT");
  EXPECT_NE(database_.error("SELECT * FROM v"), "");
  database_.rows("BEGIN; SAVEPOINT s; " + make + "; " + insert + "; ROLLBACK TO s; " + make + "; " +
                 insert + "; RELEASE s; " + insert + "; COMMIT");
  EXPECT_EQ(database_.row("SELECT vec_check('v')"), "'ok'");
  EXPECT_EQ(database_.row("SELECT count(*) FROM v WHERE f MATCH '[1,2]' AND k = 9"), "2");
}

TEST_F(OpenBlock, GoesWithItsSavepoint) {
  database_.rows("BEGIN; " + insert(1) + "; SAVEPOINT a; " + insert(2) + "; SAVEPOINT b; " +
                 insert(3) + "; RELEASE b; " + insert(4));
  database_.rows("ROLLBACK TO a; " + insert(5) + "; RELEASE a; COMMIT");
  expect_rows({"1", "5"});
  // Which is the transaction here, and has no number.
  database_.rows("SAVEPOINT whole; " + insert(6) + "; ROLLBACK TO whole; " + insert(7) +
                 "; RELEASE whole");
  expect_rows({"1", "5", "7"});
}

TEST_F(OpenBlock, GoesWithItsList) {
  database_.rows("CREATE VIRTUAL TABLE v USING vec0(p text partition key, f float[2])");
  const std::string insert = "INSERT INTO v(p, f) VALUES ('new', '[1,2]')";
  database_.rows("BEGIN; INSERT INTO v(p, f) VALUES ('old', '[1,2]'); SAVEPOINT s");
  database_.rows(insert + "; " + insert + "; ROLLBACK TO s; " + insert + "; " + insert);
  EXPECT_EQ(database_.row("SELECT vec_check('v')"), "'ok'");
  database_.rows("DELETE FROM v WHERE p = 'new'; " + insert + "; COMMIT");
  EXPECT_EQ(database_.row("SELECT vec_check('v')"), "'ok'");
  EXPECT_EQ(database_.row("SELECT count(*) FROM v WHERE f MATCH '[1,2]' AND k = 9 AND p = 'new'"),
            "1");
}

TEST_F(OpenBlock, KeepsNothingOfARowThatIsRefused) {
  database_.rows("BEGIN; " + insert(1));
  EXPECT_NE(database_.error(insert(1)), "");
  EXPECT_EQ(database_.error("INSERT OR IGNORE INTO t(rowid, f) VALUES (1, '[5,6]')"), "");
  EXPECT_NE(database_.error("INSERT OR FAIL INTO t(rowid, f) VALUES (1, '[5,6]')"), "");
  EXPECT_NE(database_.error("INSERT INTO t(rowid, f) VALUES (2, '[5,6,7]')"), "");
  // Longer than a row may be: SQLite tells when the row is written.
  const int most = sqlite3_limit(database_, SQLITE_LIMIT_LENGTH, 1000);
  EXPECT_NE(database_.error("INSERT INTO t(rowid, f, s) VALUES (3, '[5,6]', printf('%0990d', 1))"),
            "");
  sqlite3_limit(database_, SQLITE_LIMIT_LENGTH, most);
  database_.rows(insert(4) + "; COMMIT");
  expect_rows({"1", "4"});
  EXPECT_NE(database_.error("BEGIN; " + insert(5) +
                            "; INSERT OR ROLLBACK INTO t(rowid, f) VALUES "
                            "(1, '[5,6]')"),
            "");
  EXPECT_NE(sqlite3_get_autocommit(database_), 0);
  expect_rows({"1", "4"});
}

TEST_F(OpenBlock, LeavesTheLastRowidAlone) {
  database_.rows("BEGIN; " + insert(70) + "; INSERT INTO other(rowid, x) VALUES (5, 5)");
  EXPECT_EQ(database_.rows(kFind), Lines({"70"}));
  EXPECT_EQ(database_.row("SELECT last_insert_rowid()"), "5");
  database_.rows(insert(71) + "; INSERT INTO other(rowid, x) VALUES (6, 6); COMMIT");
  EXPECT_EQ(database_.row("SELECT last_insert_rowid()"), "6");
  database_.rows("BEGIN; INSERT INTO t(f) VALUES ('[1,2]'); " + insert(80) +
                 "; INSERT INTO t(f) VALUES ('[1,2]'); DELETE FROM t WHERE rowid >= 80; "
                 "INSERT INTO t(f) VALUES ('[1,2]'); COMMIT");
  expect_rows({"70", "71", "72", "73"});
}

TEST_F(OpenBlock, IsWrittenWhereQueryOnlyCameLater) {
  database_.rows("BEGIN; " + insert(1) + "; PRAGMA query_only = 1");
  EXPECT_EQ(database_.rows(kFind), Lines({"1"}));
  EXPECT_EQ(database_.row("PRAGMA query_only"), "1");
  EXPECT_NE(database_.error(insert(2)).find("readonly"), std::string::npos);
  database_.rows("PRAGMA query_only = 0; " + insert(3) + "; PRAGMA query_only = 1; SAVEPOINT s");
  database_.rows("RELEASE s; PRAGMA query_only = 0; " + insert(4) + "; PRAGMA query_only = 1");
  database_.rows("COMMIT");
  EXPECT_EQ(database_.row("PRAGMA query_only"), "1");
  expect_rows({"1", "3", "4"});
}

TEST_F(OpenBlock, IsWrittenWhereShadowTablesAreProtected) {
  ASSERT_EQ(sqlite3_db_config(database_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr), SQLITE_OK);
  database_.rows(insert(1));
  database_.rows("BEGIN; " + insert(2) + "; SAVEPOINT s; " + insert(3) + "; RELEASE s; COMMIT");
  // The statement ends, and commits, when it is reset.
  Statement many(database_,
                 "INSERT INTO t(rowid, f) VALUES (4, '[1,2]'), (5, '[1,2]') RETURNING f");
  EXPECT_TRUE(many.step());
  many.reset();
  expect_rows({"1", "2", "3", "4", "5"});
}

/// The table is written at COMMIT, at SAVEPOINT, by a query or by the savepoint of a statement: in
/// vain, because the disk is full, or because of an interrupt.
TEST_F(OpenBlock, IsRolledBackWithWhatCannotBeWritten) {
  static int steps;
  const std::string many =
      "WITH RECURSIVE c(x) AS (VALUES (100) UNION ALL SELECT x + 1 FROM c WHERE x < 160) INSERT "
      "INTO "
      "t(rowid, f, s) SELECT x, '[3,4]', printf('%01000d', x) FROM c";
  const auto restrict = [this](bool interrupts, int limit) {
    steps = limit;
    if (!interrupts) {
      database_.rows("PRAGMA max_page_count = " +
                     std::to_string(std::stoi(database_.row("PRAGMA page_count")) + limit));
      return;
    }
    sqlite3_progress_handler(
        database_, 1, [](void*) { return steps-- > 0 ? 0 : 1; }, nullptr);
  };
  database_.rows(insert(1));
  int failures = 0;
  for (const bool interrupts : {false, true}) {
    for (const std::string& sql :
         {std::string("COMMIT"), std::string("SAVEPOINT s"), std::string(kFind),
          std::string("INSERT INTO t(rowid, f) SELECT x, '[5,6]' FROM other")}) {
      for (int limit = 0;; limit += interrupts ? 7 : 1) {
        SCOPED_TRACE(sql + " " + std::to_string(limit));
        database_.rows("BEGIN; " + many);
        restrict(interrupts, limit);
        const std::string problem = database_.error(sql);
        const bool succeeded = problem.empty();
        sqlite3_progress_handler(database_, 0, nullptr, nullptr);
        database_.rows("PRAGMA max_page_count = 1000000");
        if (succeeded) {
          if (sqlite3_get_autocommit(database_) == 0) database_.rows("ROLLBACK");
          database_.rows("DELETE FROM t WHERE rowid > 1");
          break;
        }
        ++failures;
        // SQLite has rolled back, or all is still as it was.
        if (sqlite3_get_autocommit(database_) == 0) {
          if (database_.error(kFind).empty()) {
            ASSERT_EQ(database_.rows(kFind).size(), 62U);
            ASSERT_EQ(database_.row("SELECT vec_check('t')"), "'ok'");
            database_.rows("ROLLBACK");
          }
          ASSERT_NE(sqlite3_get_autocommit(database_), 0);
        }
        ASSERT_NO_FATAL_FAILURE(expect_rows({"1"}));
      }
    }
  }
  EXPECT_GT(failures, 20);
}

class OpenBlockInAFile : public OpenBlock {
 protected:
  OpenBlockInAFile() : OpenBlock(new_file()) {}
  ~OpenBlockInAFile() override {
    for (const char* suffix : {"", "-journal"}) std::filesystem::remove(path() + suffix);
  }
  static std::string path() {
    return (std::filesystem::temp_directory_path() /
            ("edgepack_open_block_" + std::to_string(::getpid()) + ".db"))
        .string();
  }
  static std::string new_file() {
    std::filesystem::remove(path());
    return path();
  }
};

TEST_F(OpenBlockInAFile, SurvivesACommitThatFindsTheFileBusy) {
  Database reader(register_vec, path());
  database_.rows("BEGIN; " + insert(1));
  reader.rows("BEGIN; SELECT count(*) FROM t");
  EXPECT_NE(database_.error("COMMIT").find("locked"), std::string::npos);
  EXPECT_EQ(sqlite3_get_autocommit(database_), 0);
  database_.rows(insert(2));
  EXPECT_NE(database_.error("COMMIT"), "");
  reader.rows("COMMIT");
  database_.rows("COMMIT");
  expect_rows({"1", "2"});
  EXPECT_EQ(reader.rows(kFind), Lines({"1", "2"}));
}

TEST_F(OpenBlockInAFile, IsSeenByOthersAfterCommit) {
  database_.rows("PRAGMA journal_mode = WAL");
  Database reader(register_vec, path());
  database_.rows(insert(1) + "; BEGIN; " + insert(2));
  EXPECT_EQ(reader.rows(kFind), Lines({"1"}));
  EXPECT_EQ(database_.rows(kFind), Lines({"1", "2"}));
  EXPECT_EQ(reader.rows(kFind), Lines({"1"}));
  database_.rows(insert(3) + "; COMMIT");
  EXPECT_EQ(reader.rows(kFind), Lines({"1", "2", "3"}));
}

}  // namespace
}  // namespace edgepack::vec
