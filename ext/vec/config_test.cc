// vec_config, and what the cache of the process does for tables.

#include <gtest/gtest.h>

#include "sqlite/testing/database.h"
#include "vec/block_cache.h"
#include "vec/parallel.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;

class Config : public ::testing::Test {
 protected:
  void TearDown() override { BlockCache::of_process().set_budget(BlockCache::kDefaultBudget); }
};

TEST_F(Config, ReadsAndSetsTheBudgetOfTheProcess) {
  Database database(register_vec);
  Database other(register_vec);
  EXPECT_EQ(database.row("SELECT vec_config('cache_bytes')"), "268435456");
  EXPECT_EQ(database.row("SELECT vec_config('Cache_Bytes', 1000000)"), "1000000");
  EXPECT_EQ(other.row("SELECT vec_config('cache_bytes')"), "1000000");
  EXPECT_EQ(other.row("SELECT vec_config('cache_bytes', 0)"), "0");
}

TEST_F(Config, ReadsAndSetsTheThreadsOfAQuery) {
  Database database(register_vec);
  const std::size_t cores = threads();
  EXPECT_EQ(database.row("SELECT vec_config('threads')"), std::to_string(cores));
  EXPECT_EQ(database.row("SELECT vec_config('threads', 3)"), "3");
  EXPECT_EQ(threads(), 3u);
  EXPECT_EQ(database.row("SELECT vec_config('threads', 1000000)"), std::to_string(kMostThreads));
  EXPECT_EQ(database.error("SELECT vec_config('threads', -1)"),
            "vec_config: threads: must be an integer from 0 on (got -1); 0 is one for each core");
  EXPECT_EQ(database.row("SELECT vec_config('threads', 0)"), std::to_string(cores));
}

TEST_F(Config, SaysWhatIsWrong) {
  Database database(register_vec);
  EXPECT_EQ(database.error("SELECT vec_config('cash')"),
            "vec_config: cash: no such setting; there are cache_bytes and threads");
  EXPECT_EQ(database.error("SELECT vec_config(NULL, 1)"),
            "vec_config: no such setting; there are cache_bytes and threads");
  for (const char* value : {"-1", "NULL", "1.5", "'12'", "x'00'"}) {
    const std::string error =
        database.error(std::string("SELECT vec_config('cache_bytes', ") + value + ")");
    EXPECT_NE(error.find("vec_config: cache_bytes: must be an integer from 0 on (got "),
              std::string::npos)
        << error;
  }
  EXPECT_EQ(database.row("SELECT vec_config('cache_bytes')"), "268435456");
}

TEST_F(Config, IsNotForSchemas) {
  Database database(register_vec);
  database.rows("CREATE VIEW sneaky AS SELECT vec_config('cache_bytes', 0)");
  EXPECT_NE(database.error("SELECT * FROM sneaky").find("unsafe use of vec_config"),
            std::string::npos);
}

TEST_F(Config, CacheFillsAndGoesWithTheLastConnection) {
  BlockCache& cache = BlockCache::of_process();
  EXPECT_EQ(cache.used(), 0u);
  {
    Database database(register_vec);
    database.rows("CREATE VIRTUAL TABLE t USING vec0(v float[4])");
    database.rows("INSERT INTO t(v) VALUES ('[1,2,3,4]'), ('[4,3,2,1]')");
    const char* query = "SELECT rowid FROM t WHERE v MATCH '[1,2,3,4]' AND k = 1";
    EXPECT_EQ(database.row(query), "1");
    const std::size_t used = cache.used();
    EXPECT_GT(used, 0u);
    EXPECT_EQ(database.row(query), "1");
    EXPECT_EQ(cache.used(), used);
    { const Database other(register_vec); }
    EXPECT_EQ(cache.used(), used);
    database.rows("SELECT vec_config('cache_bytes', 0)");
    EXPECT_EQ(cache.used(), 0u);
    EXPECT_EQ(database.row(query), "1");
    EXPECT_EQ(cache.used(), 0u);
    database.rows("SELECT vec_config('cache_bytes', 1000000)");
    EXPECT_EQ(database.row(query), "1");
    EXPECT_GT(cache.used(), 0u);
  }
  EXPECT_EQ(cache.used(), 0u);
}

/// A cached block hides damage that came later; without the cache it is noticed.
TEST_F(Config, NothingIsReadTwiceButWithoutTheCache) {
  Database database(register_vec);
  database.rows("CREATE VIRTUAL TABLE t USING vec0(v int8[4])");
  database.rows("INSERT INTO t(v) VALUES (vec_int8('[1,2,3,4]'))");
  const char* query = "SELECT distance FROM t WHERE v MATCH vec_int8('[1,2,3,5]') AND k = 1";
  EXPECT_EQ(database.row(query), "1.0");
  database.rows("UPDATE t_codes SET slots = zeroblob(length(slots))");
  EXPECT_EQ(database.row(query), "1.0");
  database.rows("SELECT vec_config('cache_bytes', 0)");
  EXPECT_NE(database.error(query).find("table is corrupt"), std::string::npos);
}

/// What another connection is in the middle of must not stay in memory under a version.
TEST_F(Config, NothingIsKeptOfUncommittedReads) {
  const std::string uri = "file:vec_uncommitted?mode=memory&cache=shared";
  Database writer(register_vec, uri);
  writer.rows("CREATE VIRTUAL TABLE t USING vec0(v int8[4])");
  writer.rows("INSERT INTO t(v) VALUES (vec_int8('[1,2,3,4]'))");
  Database reader(register_vec, uri);
  const char* query = "SELECT distance FROM t WHERE v MATCH vec_int8('[1,2,3,5]') AND k = 1";
  reader.rows("PRAGMA read_uncommitted = 1");
  EXPECT_EQ(reader.row(query), "1.0");
  EXPECT_EQ(BlockCache::of_process().used(), 0u);
  reader.rows("PRAGMA read_uncommitted = 0");
  EXPECT_EQ(reader.row(query), "1.0");
  EXPECT_GT(BlockCache::of_process().used(), 0u);
}

/// A host that allows no PRAGMA gets its answers, and keeps nothing.
TEST_F(Config, HostsMayForbidToAsk) {
  Database database(register_vec);
  database.rows("CREATE VIRTUAL TABLE t USING vec0(v int8[4])");
  database.rows("INSERT INTO t(v) VALUES (vec_int8('[1,2,3,4]'))");
  const char* query = "SELECT distance FROM t WHERE v MATCH vec_int8('[1,2,3,5]') AND k = 1";
  for (int verdict : {SQLITE_DENY, SQLITE_IGNORE}) {
    sqlite3_set_authorizer(
        database,
        [](void* refused, int action, const char*, const char*, const char*, const char*) {
          return action == SQLITE_PRAGMA ? *static_cast<int*>(refused) : SQLITE_OK;
        },
        &verdict);
    EXPECT_EQ(database.row(query), "1.0");
    EXPECT_EQ(BlockCache::of_process().used(), 0u);
  }
  sqlite3_set_authorizer(database, nullptr, nullptr);
  EXPECT_EQ(database.row(query), "1.0");
  EXPECT_GT(BlockCache::of_process().used(), 0u);
}

}  // namespace
}  // namespace edgepack::vec
