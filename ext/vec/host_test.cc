// What a host may do around a search: interrupt it, and open its database read-only.

#include <atomic>
#include <filesystem>
#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>

#include "sqlite/interrupt.h"
#include "sqlite/testing/database.h"
#include "vec/block_cache.h"
#include "vec/search.h"
#include "vec/shadow_store.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;
using sqlite::Error;

constexpr const char* kFill =
    "CREATE VIRTUAL TABLE t USING vec0(v float[64]);"
    "BEGIN;"
    "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 4000) "
    "INSERT INTO t(rowid, v) SELECT x, CAST(zeroblob(252) || char(x % 100, x / 100 % 50, x % 7) || "
    "'A' AS BLOB) FROM c;"
    "COMMIT";
const std::string kQuery = "SELECT count(*) FROM t WHERE v MATCH zeroblob(256) AND k = 5";

/// An interrupt in the middle of a scan ends it before it has read the other blocks.
TEST(Interrupt, StopsAScan) {
  Database database(register_vec);
  database.rows(kFill);
  const VectorColumn column{"v", ElementType::kFloat32, 64, Metric::kL2};
  Definition definition;
  definition.vectors = {column};
  ShadowStore store({database, "main", "t"}, definition);
  const std::vector<std::byte> query(256);
  const SearchRequest request{.vector = 0, .query = {column.type, 64, query}, .k = 5};
  int checks = 0;
  EXPECT_EQ(search(store, column, request, [&] { ++checks; }).size(), 5u);
  const int all = checks;
  ASSERT_GE(all, 4);
  sqlite::Interrupt interrupt(database);
  for (int last = 1; last <= all; ++last) {
    checks = 0;
    // An interrupt is forgotten when no statement is running.
    sqlite::Statement running(database, "VALUES (1), (2)");
    running.step();
    try {
      search(store, column, request, [&] {
        if (++checks == last) sqlite3_interrupt(database);
        interrupt.check();
      });
      ADD_FAILURE() << "not interrupted at " << last;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), SQLITE_INTERRUPT);
    }
    EXPECT_EQ(checks, last);
  }
}

/// With and without blocks in memory: a statement that would search for hours ends.
TEST(Interrupt, FromAnotherThreadEndsTheStatement) {
  for (const std::size_t budget : {std::size_t{0}, BlockCache::kDefaultBudget}) {
    BlockCache::of_process().set_budget(budget);
    Database database(register_vec);
    database.rows(kFill);
    std::atomic<bool> searching = false;
    sqlite3_create_function(
        database, "searching", 0, SQLITE_UTF8, &searching,
        [](sqlite3_context* context, int, sqlite3_value**) {
          *static_cast<std::atomic<bool>*>(sqlite3_user_data(context)) = true;
          sqlite3_result_int(context, 0);
        },
        nullptr, nullptr);
    std::thread other([&] {
      while (!searching) std::this_thread::yield();
      sqlite3_interrupt(database);
    });
    const int code = sqlite3_exec(
        database,
        "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000) "
        "SELECT sum((SELECT distance FROM t WHERE v MATCH zeroblob(256 + 0 * x) AND k = 1)"
        " + searching()) FROM c",
        nullptr, nullptr, nullptr);
    searching = true;
    other.join();
    EXPECT_EQ(code, SQLITE_INTERRUPT);
    EXPECT_EQ(database.row(kQuery), "5");
  }
  BlockCache::of_process().set_budget(BlockCache::kDefaultBudget);
}

constexpr const char* kWrites[] = {
    "INSERT INTO t(v) VALUES (zeroblob(256))",
    "UPDATE t SET v = zeroblob(256) WHERE rowid = 7",
    "DELETE FROM t WHERE rowid = 7",
    "DROP TABLE t",
    "ALTER TABLE t RENAME TO u",
    "CREATE VIRTUAL TABLE n USING vec0(v float[2])",
};

void expect_read_only(Database& database) {
  EXPECT_EQ(database.row(kQuery), "5");
  EXPECT_EQ(database.row("SELECT count(v) FROM t"), "4000");
  EXPECT_EQ(database.row("SELECT length(v) FROM t WHERE rowid = 7"), "256");
  for (const char* write : kWrites) {
    EXPECT_NE(database.error(write).find("attempt to write a readonly database"), std::string::npos)
        << write << ": " << database.error(write);
  }
  EXPECT_EQ(database.row(kQuery), "5");
}

TEST(ReadOnly, ByQueryOnly) {
  Database database(register_vec);
  database.rows(kFill);
  database.rows("PRAGMA query_only = 1");
  expect_read_only(database);
  database.rows("PRAGMA query_only = 0; DELETE FROM t WHERE rowid = 7");
  EXPECT_EQ(database.row("SELECT count(*) FROM t"), "3999");
}

TEST(ReadOnly, ByOpening) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("edgepack_read_only_" + std::to_string(::getpid()) + ".db");
  std::filesystem::remove(path);
  { Database(register_vec, path.string()).rows(kFill); }
  {
    Database database(register_vec, "file:" + path.string() + "?mode=ro");
    expect_read_only(database);
  }
  {
    Database database(register_vec, "file:" + path.string() + "?immutable=1");
    EXPECT_EQ(database.row(kQuery), "5");
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace edgepack::vec
