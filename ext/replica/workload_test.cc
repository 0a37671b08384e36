// Random work at the primary, with syncs at random times: the replica always is one of the
// primary's states, and the newest after a sync.

#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

class Workload {
 public:
  Workload(Pair& pair, unsigned seed) : pair_(pair), random_(seed) {}

  void step() {
    const std::string number = std::to_string(next_++);
    switch (random_() % 16) {
      case 0:
      case 1:
      case 2:
        return run(insert(pick_table(), 1 + random_() % 300, random_() % 400));
      case 3:
        return run(insert(pick_table(), 1 + random_() % 5, 20000));
      case 4:
      case 5:
        return run("UPDATE " + pick_table() +
                   " SET b = randomblob(abs(random()) % 300) WHERE id % 11 = " +
                   std::to_string(random_() % 11));
      case 6:
        return run("DELETE FROM " + pick_table() + " WHERE id % 3 = 0");
      case 7:
        return run("DELETE FROM " + pick_table());
      case 8:
        tables_.push_back("t" + number);
        return run("CREATE TABLE t" + number + "(id INTEGER PRIMARY KEY, a, b)");
      case 9:
        if (tables_.size() == 1) return;
        run("DROP TABLE " + tables_.back());
        return tables_.pop_back();
      case 10:
        return run("CREATE INDEX i" + number + " ON " + pick_table() + "(a, b)");
      case 11:
        return run("VACUUM");
      case 12:
        return run("PRAGMA incremental_vacuum(" + std::to_string(random_() % 30) + ")");
      case 13: {
        constexpr const char* kModes[] = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
        return run(std::string("PRAGMA wal_checkpoint(") + kModes[random_() % 4] + ")");
      }
      case 14:
        return run("BEGIN; " + insert(pick_table(), 50, 100) + "; SAVEPOINT s; " +
                   insert(pick_table(), 500, 100) + "; ROLLBACK TO s; COMMIT");
      default:
        pair_.primary.reset();
        pair_.primary = std::make_unique<Database>(nullptr, pair_.primary_path);
        if (random_() % 3 == 0) {
          run(std::string("PRAGMA journal_mode = ") + (random_() % 2 == 0 ? "WAL" : "DELETE"));
        }
        return run("PRAGMA synchronous = OFF; PRAGMA cache_size = 10");
    }
  }

  unsigned random(unsigned below) { return static_cast<unsigned>(random_() % below); }

 private:
  void run(const std::string& sql) {
    SCOPED_TRACE(sql);
    EXPECT_EQ(pair_.primary->error(sql), "");
  }
  std::string pick_table() { return tables_[random_() % tables_.size()]; }
  static std::string insert(const std::string& table, std::size_t rows, std::size_t size) {
    return "INSERT INTO " + table +
           "(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < " +
           std::to_string(rows) + ") SELECT i, randomblob(" + std::to_string(size) + ") FROM n";
  }

  Pair& pair_;
  std::mt19937 random_;
  std::vector<std::string> tables_{"t"};
  int next_ = 1;
};

class Workloads : public ::testing::TestWithParam<unsigned> {};

TEST_P(Workloads, EndIdentical) {
  const unsigned seed = GetParam();
  constexpr int kPageSizes[] = {512, 1024, 4096, 8192, 65536};
  constexpr const char* kVacuum[] = {"NONE", "FULL", "INCREMENTAL"};
  Pair pair(seed % 4 == 0 ? "DELETE" : "WAL", kPageSizes[seed % 5], kVacuum[seed % 3]);
  Workload workload(pair, seed);
  for (int i = 0; i < 120 && !::testing::Test::HasFailure(); ++i) {
    workload.step();
    if (workload.random(3) != 0) continue;
    pair.sync();
    if (workload.random(4) == 0) pair.expect_sound();
    if (workload.random(6) == 0) pair.replica->rows("PRAGMA wal_checkpoint(TRUNCATE)");
    if (workload.random(10) == 0) {
      pair.replica.reset();
      pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
    }
  }
  pair.sync();
  pair.expect_sound();
  pair.expect_identical();
}

/// EDGEPACK_LONG_TESTS=1 runs many more.
unsigned seeds() { return std::getenv("EDGEPACK_LONG_TESTS") == nullptr ? 8 : 500; }

INSTANTIATE_TEST_SUITE_P(Seeds, Workloads, ::testing::Range(0u, seeds()));

// Databases on which a write transaction of the private connection would write by itself.
TEST(Traps, FullAutoVacuumWithFreePages) {
  Pair pair("WAL", 4096, "INCREMENTAL");
  pair.primary->rows("INSERT INTO t(b) VALUES (zeroblob(200000)); DELETE FROM t");
  pair.primary.reset();
  // Bytes 64 to 67 of page 1 say that freed pages wait for incremental_vacuum: no longer.
  std::string bytes = read_whole(pair.primary_path);
  bytes.replace(64, 4, 4, '\0');
  write_whole(pair.primary_path, bytes);
  pair.primary = std::make_unique<Database>(nullptr, pair.primary_path);
  EXPECT_EQ(pair.primary->row("PRAGMA auto_vacuum"), "1");
  EXPECT_NE(pair.primary->row("PRAGMA freelist_count"), "0");
  pair.sync();
  // Reading only: expect_sound and the syncs must leave the free pages where they are.
  EXPECT_EQ(pair.replica->row("PRAGMA freelist_count"), pair.primary->row("PRAGMA freelist_count"));
  pair.expect_sound();
  EXPECT_EQ(pair.sync_field("state"), "'current'");
  pair.primary->rows("CREATE TABLE u(x)");
  pair.sync();
  pair.expect_sound();
  pair.expect_identical();
}

TEST(Traps, StalePageCountInPageOne) {
  Pair pair("DELETE");
  pair.primary->rows("INSERT INTO t(b) VALUES (zeroblob(50000))");
  pair.primary.reset();
  // What a SQLite before 3.7.0 leaves: a page count that is not valid for this change counter.
  std::string bytes = read_whole(pair.primary_path);
  bytes[27] = static_cast<char>(bytes[27] + 1);
  bytes[31] = 1;
  write_whole(pair.primary_path, bytes);
  pair.primary = std::make_unique<Database>(nullptr, pair.primary_path);
  pair.sync();
  pair.expect_sound();
  EXPECT_EQ(pair.sync_field("state"), "'current'");
  pair.expect_identical();
}

// Beyond 1 GiB one page of the file is never used. EDGEPACK_LONG_TESTS=1 only: it writes 4 GB.
TEST(Traps, LockPage) {
  if (std::getenv("EDGEPACK_LONG_TESTS") == nullptr)
    GTEST_SKIP() << "EDGEPACK_LONG_TESTS=1 runs it";
  Pair pair("WAL", 65536);
  for (int i = 0; i < 17; ++i) pair.primary->rows("INSERT INTO t(b) VALUES (randomblob(64000000))");
  pair.sync();
  pair.primary->rows(
      "UPDATE t SET b = randomblob(1000) WHERE id = 17; INSERT INTO t(b) VALUES "
      "(randomblob(70000000))");
  pair.sync();
  EXPECT_EQ(pair.replica->row("PRAGMA integrity_check"), "'ok'");
  pair.expect_identical();
}

}  // namespace
}  // namespace edgepack::replica::testing
