// Readers in this process and in others, with and without open snapshots, while syncs go on.

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

#include "replica/testing/pair.h"
#include "replica/testing/reader.h"

namespace edgepack::replica::testing {
namespace {

const std::string kFill =
    "INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
    " SELECT NULL, 0, randomblob(200) FROM n";

TEST(Readers, OpenSnapshotsStayAndTheNextIsNew) {
  Pair pair;
  pair.primary->rows(kFill);
  pair.sync();
  Database here(nullptr, pair.replica_path);
  Reader there(pair.replica_path);
  here.rows("BEGIN; SELECT count(*) FROM t");
  there.ask("BEGIN; SELECT count(*) FROM t;");
  for (int i = 1; i <= 20; ++i) {
    pair.primary->rows("UPDATE t SET a = " + std::to_string(i) + "; CREATE TABLE n" +
                       std::to_string(i) + "(x)");
    EXPECT_EQ(pair.sync_field("state"), "'updated'");
    EXPECT_EQ(here.row("SELECT min(a), max(a) FROM t"), "0|0");
    EXPECT_EQ(there.ask("SELECT min(a), max(a) FROM t;"), "0|0");
    const std::string now = std::to_string(i) + "|" + std::to_string(i);
    EXPECT_EQ(pair.replica->row("SELECT min(a), max(a) FROM t"), now);
    EXPECT_EQ(shell(pair.replica_path, "SELECT min(a), max(a) FROM t"), now + "\n");
  }
  here.rows("COMMIT");
  EXPECT_EQ(here.row("SELECT min(a), max(a) FROM t"), "20|20");
  EXPECT_EQ(here.row("SELECT count(*) FROM n20"), "0");
  EXPECT_EQ(there.ask("COMMIT; SELECT min(a), max(a) FROM t; SELECT count(*) FROM n20;"),
            "20|20\n0");
  EXPECT_EQ(there.ask("PRAGMA integrity_check;"), "ok");
  pair.sync();
  pair.expect_sound();
}

TEST(Readers, TheCallersOwnSnapshotStays) {
  Pair pair;
  pair.primary->rows(kFill);
  pair.sync();
  pair.replica->rows("BEGIN; SELECT count(*) FROM t");
  pair.primary->rows("UPDATE t SET a = 1");
  EXPECT_EQ(pair.sync_field("state"), "'updated'");
  EXPECT_EQ(pair.replica->row("SELECT max(a) FROM t"), "0");
  pair.replica->rows("COMMIT");
  EXPECT_EQ(pair.replica->row("SELECT max(a) FROM t"), "1");
}

TEST(Readers, OneSyncForEachRowOfAStatementThatReadsTheReplica) {
  Pair pair;
  pair.primary->rows(kFill);
  pair.sync();
  const auto answers =
      pair.replica->rows("SELECT json_extract(replica_sync(), '$.state') FROM t WHERE id <= 3");
  EXPECT_EQ(answers, (std::vector<std::string>{"'current'", "'current'", "'current'"}));
}

TEST(Readers, TheLogStaysBoundedWithShortReaders) {
  Pair pair;
  pair.primary->rows(kFill);
  pair.sync();
  std::uintmax_t largest = 0;
  for (int i = 0; i < 100; ++i) {
    pair.primary->rows("UPDATE t SET a = a + 1");
    pair.sync();
    EXPECT_EQ(pair.replica->row("SELECT max(a) FROM t"), std::to_string(i + 1));
    largest = std::max(largest, std::filesystem::file_size(pair.replica_path + "-wal"));
  }
  EXPECT_LT(largest, 1100u * 4120u);
  pair.expect_sound();
  pair.expect_identical();
}

TEST(Readers, TheLogShrinksAfterALongReader) {
  Pair pair;
  pair.primary->rows(kFill);
  pair.sync();
  Reader there(pair.replica_path);
  there.ask("BEGIN; SELECT count(*) FROM t;");
  for (int i = 0; i < 60; ++i) {
    pair.primary->rows("UPDATE t SET a = a + 1");
    pair.sync();
  }
  EXPECT_GT(std::filesystem::file_size(pair.replica_path + "-wal"), 1000u * 4120u);
  EXPECT_EQ(there.ask("SELECT max(a) FROM t; COMMIT;"), "0");
  pair.primary->rows("UPDATE t SET a = a + 1");
  pair.sync();
  EXPECT_EQ(std::filesystem::file_size(pair.replica_path + "-wal"), 0u);
  pair.primary->rows("UPDATE t SET a = a + 1");
  EXPECT_EQ(pair.sync_field("snapshot"), "0");
  pair.expect_sound();
  pair.expect_identical();
}

TEST(Readers, ManyThreadsSeeOnlyCommittedStatesInOrder) {
  Pair pair;
  // A writer may meet a reader that looks whether the log needs recovery. The readers never wait.
  pair.primary->rows("PRAGMA busy_timeout = 5000");
  pair.primary->rows(kFill);
  pair.sync();
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::vector<std::thread> threads;
  constexpr int kReaders = 3;
  threads.reserve(kReaders);
  for (int i = 0; i < kReaders; ++i) {
    threads.emplace_back([&] {
      Database reader(nullptr, pair.replica_path);
      long last = 0;
      while (!done) {
        // Each transaction of the primary gives all rows the same number.
        const std::string row = reader.row("SELECT min(a), max(a), count(*) FROM t");
        const long now = std::stol(row);
        EXPECT_EQ(row, std::to_string(now) + "|" + std::to_string(now) + "|500");
        EXPECT_GE(now, last);
        last = now;
        ++reads;
      }
    });
  }
  std::thread writer([&] {
    for (int i = 1; i <= 300; ++i) pair.primary->rows("UPDATE t SET a = a + 1");
    done = true;
  });
  // Two connections sync the same replica at once.
  threads.emplace_back([&] {
    Database host(register_replica, pair.replica_path);
    while (!done) EXPECT_EQ(host.error("SELECT replica_sync()"), "");
  });
  while (!done) pair.sync();
  writer.join();
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(reads, 10);
  pair.sync();
  pair.expect_sound();
  pair.expect_identical();
}

TEST(Readers, AWriterOnTheReplicaMakesTheSyncWaitAndSaySo) {
  Pair pair;
  pair.primary->rows(kFill);
  pair.sync();
  Database other(nullptr, pair.replica_path);
  other.rows("BEGIN IMMEDIATE");
  const std::string error =
      pair.replica->error(R"(SELECT replica_sync(NULL, '{"timeout_ms":20}'))");
  EXPECT_NE(error.find("another connection writes to the replica"), std::string::npos) << error;
  other.rows("ROLLBACK");
  EXPECT_EQ(pair.sync_field("state"), "'current'");
}

}  // namespace
}  // namespace edgepack::replica::testing
