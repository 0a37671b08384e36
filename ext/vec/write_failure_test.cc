// A write that ends in the middle, by a full disk, an interrupt or the death of the process, leaves
// the table as it was before or as it should be after, and sound.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "sqlite/testing/database.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;

constexpr const char* kCreate =
    "CREATE VIRTUAL TABLE t USING vec0(p text partition key, f float[40] distance_metric=cosine, "
    "b bit[16], m integer, s text, +n text)";
constexpr const char* kContents =
    "SELECT count(*) || ' ' || ifnull(sum(rowid * length(f || b || ifnull(s, '') || n)), 0) || ' ' "
    "|| "
    "ifnull(sum(m), 0) FROM t";

std::string insert(int first, int last) {
  return "WITH RECURSIVE c(x) AS (VALUES (" + std::to_string(first) +
         ") UNION ALL SELECT x + 1 FROM c WHERE x < " + std::to_string(last) +
         ") INSERT INTO t(rowid, p, f, b, m, s, n) SELECT x, iif(x % 3, 'a', 'b'), "
         "vec_f32(CAST(printf('%0160d', x) AS BLOB)), vec_bit(CAST(char(x % 90 + 33, 65) AS "
         "BLOB)), x, "
         "'text ' || x, 'note' FROM c";
}

/// Blocks of both partitions that are nearly empty, so that a delete merges one.
void fill(Database& database) {
  database.rows(kCreate);
  database.rows(insert(1, 160));
  database.rows("DELETE FROM t WHERE rowid BETWEEN 2 AND 148 AND rowid % 40 <> 0");
}

const std::string kStatements[] = {
    insert(1000, 1020),
    "DELETE FROM t WHERE rowid = 160",
    "DELETE FROM t WHERE rowid > 40",
    "UPDATE t SET f = vec_f32(CAST(printf('%0160d', 77) AS BLOB)), m = 5, s = 'a longer text' "
    "WHERE "
    "rowid = 155",
    "UPDATE t SET p = 'c' WHERE rowid > 150",
    "INSERT OR REPLACE INTO t(rowid, p, f, b, n) VALUES (155, 'b', vec_f32(CAST(printf('%0160d', "
    "9) AS BLOB)), vec_bit(x'ffff'), 'x')",
    "INSERT INTO t(t) VALUES ('optimize')",
    "CREATE VIRTUAL TABLE other USING vec0(p text partition key, f float[4], m text)",
    "DROP TABLE t",
};

void expect_sound(Database& database) {
  ASSERT_EQ(database.row("PRAGMA integrity_check"), "'ok'");
  if (database.rows("SELECT 1 FROM sqlite_schema WHERE name = 't'").empty()) return;
  ASSERT_EQ(database.row("SELECT vec_check('t')"), "'ok'");
}

std::string contents(Database& database) {
  if (database.rows("SELECT 1 FROM sqlite_schema WHERE name = 't'").empty()) return "no table";
  return database.row(kContents) +
         (database.rows("SELECT 1 FROM sqlite_schema WHERE name = 'other'").empty() ? ""
                                                                                    : " other");
}

/// Runs `sql` with `limit` 0, 1, 2, ... steps allowed by `restrict` until it succeeds. `lift` takes
/// the limit away.
template <class Restrict, class Lift>
void fail_at_each_step(const std::string& sql, bool in_transaction, int stride, Restrict&& restrict,
                       Lift&& lift) {
  SCOPED_TRACE(sql);
  std::string after;
  {
    Database database(register_vec);
    fill(database);
    database.rows(sql);
    after = contents(database);
  }
  int failures = 0;
  for (int limit = 0;; limit += stride) {
    Database database(register_vec);
    fill(database);
    database.rows("VACUUM");  // no free pages
    const std::string before = contents(database);
    if (in_transaction) database.rows("BEGIN");
    restrict(database, limit);
    const bool succeeded = database.error(sql).empty();
    lift(database);
    if (in_transaction && sqlite3_get_autocommit(database) == 0) database.rows("COMMIT");
    ASSERT_NO_FATAL_FAILURE(expect_sound(database)) << limit;
    if (succeeded) break;
    ++failures;
    // SQLite may tell of an interrupt when it has just committed.
    const std::string found = contents(database);
    ASSERT_TRUE(found == before || found == after) << limit << ": " << found;
  }
  EXPECT_GT(failures, 0);
}

/// Pages beyond the free ones that the file may still grow by.
void limit_pages(Database& database, int pages) {
  const std::string count = database.row("PRAGMA page_count");
  database.rows("PRAGMA max_page_count = " + std::to_string(std::stoi(count) + pages));
}

TEST(WriteFailure, FullDisk) {
  const auto restrict = [](Database& database, int limit) { limit_pages(database, limit); };
  const auto lift = [](Database& database) { database.rows("PRAGMA max_page_count = 1000000"); };
  // Others find room in pages that became free.
  for (const std::string& sql : {insert(1000, 1400), kStatements[7]}) {
    fail_at_each_step(sql, false, 3, restrict, lift);
    fail_at_each_step(sql, true, 5, restrict, lift);
  }
}

TEST(WriteFailure, Interrupt) {
  static int steps;
  const auto restrict = [](Database& database, int limit) {
    steps = limit;
    sqlite3_progress_handler(
        database, 1, [](void*) { return steps-- > 0 ? 0 : 1; }, nullptr);
  };
  const auto lift = [](Database& database) {
    sqlite3_progress_handler(database, 0, nullptr, nullptr);
  };
  for (const std::string& sql : kStatements) {
    Database database(register_vec);
    fill(database);
    restrict(database, std::numeric_limits<int>::max());
    database.rows(sql);
    const int all = std::numeric_limits<int>::max() - steps;
    // Some thirty places of the statement, others in a transaction.
    fail_at_each_step(sql, false, all / 30 + 1, restrict, lift);
    fail_at_each_step(sql, true, all / 27 + 1, restrict, lift);
  }
}

/// Writes without end, until it is killed.
[[noreturn]] void write_for_ever(const std::string& path, unsigned seed) {
  std::mt19937 random(seed);
  Database database(register_vec, path);
  database.rows("PRAGMA synchronous = OFF");
  for (;;) {
    const std::string first = std::to_string(random() % 2000);
    switch (random() % 6) {
      case 0:
      case 1:
        (void)database.error("INSERT OR REPLACE INTO t(rowid, p, f, b, m, s, n) VALUES (" + first +
                             ", 'p" + std::to_string(random() % 3) +
                             "', vec_f32(CAST(printf('%0160d', " + first +
                             ") AS BLOB)), vec_bit(x'0102'), 1, 'text', 'note')");
        break;
      case 2:
        (void)database.error("BEGIN; DELETE FROM t WHERE rowid % 7 <> 0 AND rowid < " + first +
                             "; COMMIT");
        break;
      case 3:
        (void)database.error("UPDATE t SET p = 'p0', s = 'changed " + first + "' WHERE rowid > " +
                             first);
        break;
      case 4:
        (void)database.error("INSERT INTO t(t) VALUES ('optimize')");
        break;
      default:
        (void)database.error("BEGIN; DELETE FROM t WHERE m = 1; ROLLBACK");
    }
  }
}

TEST(WriteFailure, DeathOfTheProcess) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("edgepack_write_failure_" + std::to_string(::getpid()) + ".db");
  const auto remove = [&path] {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      std::filesystem::remove(path.string() + suffix);
    }
  };
  for (const char* mode : {"WAL", "DELETE"}) {
    remove();
    {
      Database database(register_vec, path.string());
      database.rows(std::string("PRAGMA journal_mode = ") + mode);
      fill(database);
      database.rows(insert(200, 1200));
    }
    std::mt19937 random(11);
    for (unsigned kill = 0; kill < 15; ++kill) {
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) write_for_ever(path.string(), kill);
      std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 40));
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
      Database database(register_vec, path.string());
      ASSERT_NO_FATAL_FAILURE(expect_sound(database)) << mode << ", kill " << kill;
    }
  }
  remove();
}

TEST(OpenBlocks, WaitWhileAnotherConnectionReadsThem) {
  const std::string uri = "file:vec_waiting?mode=memory&cache=shared";
  Database writer(register_vec, uri);
  Database reader(nullptr, uri);
  constexpr const char* kFind =
      "SELECT group_concat(rowid) FROM (SELECT rowid FROM t WHERE f MATCH '[1,2]' AND k = 9)";
  writer.rows("CREATE VIRTUAL TABLE t USING vec0(f float[2])");
  writer.rows("INSERT INTO t(rowid, f) VALUES (1, '[1,2]')");
  reader.rows("BEGIN; SELECT * FROM t_codes");  // a lock of the table, until COMMIT
  writer.rows("BEGIN; INSERT INTO t(rowid, f) VALUES (2, '[1,3]')");
  EXPECT_NE(writer.error(kFind).find("locked"), std::string::npos);
  EXPECT_NE(writer.error("SAVEPOINT s"), "");
  EXPECT_EQ(sqlite3_get_autocommit(writer), 0);
  reader.rows("COMMIT");
  EXPECT_EQ(writer.row(kFind), "'1,2'");
  writer.rows("COMMIT");
  EXPECT_EQ(writer.row("SELECT vec_check('t')"), "'ok'");
}

}  // namespace
}  // namespace edgepack::vec
