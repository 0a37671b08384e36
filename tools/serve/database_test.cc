#include <filesystem>
#include <random>

#include "replica/bookmark.h"
#include "serve/testing/served.h"

namespace edgepack::serve::testing {
namespace {

namespace fs = std::filesystem;

TEST_F(Served, EachCommitIsATransaction) {
  expect_current();
  const std::uint64_t before = txid();
  for (int i = 0; i < 5; ++i) application->rows("UPDATE t SET a = a + 1 WHERE id = 7");
  expect_current();
  EXPECT_EQ(txid(), before + 5);
  expect_current();
  EXPECT_EQ(txid(), before + 5);
}

TEST_F(Served, ALargeCommitAfterSmallOnes) {
  expect_current();
  const std::uint64_t before = txid();
  application->rows("UPDATE t SET a = a + 1 WHERE id = 7");
  served->follow();              // in memory
  application->rows(kFillMuch);  // on disk at once
  expect_current();
  EXPECT_EQ(txid(), before + 2);
}

TEST_F(Served, CheckpointsOfEveryKind) {
  expect_current();
  for (int round = 0; round < 3; ++round) {
    for (const std::string mode : {"PASSIVE", "FULL", "RESTART", "TRUNCATE"}) {
      const std::uint64_t before = txid();
      application->rows("UPDATE t SET a = a + 1 WHERE id % 7 = 0");
      expect_current();
      application->rows("PRAGMA wal_checkpoint(" + mode + ")");
      application->rows("PRAGMA wal_checkpoint(" + mode + ")");
      application->rows("UPDATE t SET a = a + 1 WHERE id % 5 = 0");
      application->rows("UPDATE t SET a = a + 1 WHERE id % 3 = 0");
      expect_current();
      // The log was restarted after all of it was seen: nothing was missed, so commits are counted.
      EXPECT_EQ(txid(), before + 3) << mode;
    }
  }
}

/// What replica_bookmark() tells at the primary, without asking the server.
std::string bookmark_at(const std::string& path, Database& application) {
  sqlite::Interrupt interrupt(application);
  return replica::bookmark(path, nullptr, interrupt);
}

TEST_F(Served, ThePrimaryTellsBookmarksOfALogThatWasBegunAnew) {
  expect_current();
  for (int i = 0; i < 4; ++i) {
    application->rows("PRAGMA wal_checkpoint(TRUNCATE)");
    if (i % 2 == 0) application->rows("UPDATE t SET a = a + 1 WHERE id = 7");
    served->follow();  // in memory only
    EXPECT_EQ(bookmark_at(path, *application), bookmark_of(served->info().position));
    application->rows("UPDATE t SET a = a + 1 WHERE id = 8");
    const std::string ahead = bookmark_at(path, *application);
    served->follow();
    EXPECT_EQ(ahead, bookmark_of(served->info().position));
  }
  // Once a later state is durable, what was announced before does not count any more.
  served->stop();
  EXPECT_EQ(bookmark_at(path, *application), bookmark_of(served->info().position));
  const Position before = served->info().position;
  crash();
  application->rows("PRAGMA wal_checkpoint(TRUNCATE)");
  application->rows("UPDATE t SET a = a + 1 WHERE id = 8");
  served->follow();
  EXPECT_GT(bookmark_at(path, *application), bookmark_of(before));
  EXPECT_EQ(bookmark_at(path, *application), bookmark_of(served->info().position));
}

TEST_F(Served, AMissedCheckpointIsNoticed) {
  expect_current();
  for (const std::string mode : {"RESTART", "TRUNCATE"}) {
    const Position before = served->info().position;
    application->rows("UPDATE t SET a = a + 1 WHERE id = 3; PRAGMA wal_checkpoint(" + mode + ")");
    application->rows("UPDATE t SET a = a + 1 WHERE id = 400");
    expect_current();
    EXPECT_EQ(log(), before.log);
    EXPECT_GE(txid(), before.txid + kFirstTxid);  // nobody can have counted further
  }
}

TEST_F(Served, JournalModesAndTheirChange) {
  expect_current();
  const std::uint64_t first = log();
  for (const std::string mode : {"DELETE", "WAL", "TRUNCATE", "PERSIST", "WAL", "MEMORY"}) {
    served->stop();
    start();  // SQLite changes the mode only for a connection that is alone
    ASSERT_EQ(application->row("PRAGMA journal_mode = " + mode), mode == "DELETE"     ? "'delete'"
                                                                 : mode == "WAL"      ? "'wal'"
                                                                 : mode == "TRUNCATE" ? "'truncate'"
                                                                 : mode == "PERSIST"  ? "'persist'"
                                                                                      : "'memory'");
    application->rows("UPDATE t SET a = a + 1 WHERE id = 9");
    expect_current();
    const std::uint64_t before = txid();
    application->rows("UPDATE t SET a = a + 1 WHERE id = 10");
    application->rows("UPDATE t SET a = a + 1 WHERE id = 11");
    expect_current();
    EXPECT_EQ(txid(), before + 2) << mode;
  }
  EXPECT_EQ(log(), first);
}

TEST_F(Served, VacuumGrowthAndShrinking) {
  expect_current();
  application->rows(fill(3000));
  expect_current();
  application->rows("DELETE FROM t WHERE id > 100; VACUUM");
  expect_current();
  application->rows("PRAGMA auto_vacuum = FULL; VACUUM");
  expect_current();
  application->rows(fill(2000));
  application->rows("DELETE FROM t WHERE id % 3 = 0");
  expect_current();
  application->rows("CREATE TABLE u(x); DROP TABLE t");
  expect_current();
}

TEST_F(Served, RestartsWhereItStopped) {
  expect_current();
  const std::uint64_t first = log();
  for (const bool crashes : {false, true}) {
    application->rows("UPDATE t SET a = a + 1 WHERE id = 50");
    expect_current();
    application->rows("UPDATE t SET a = a + 1 WHERE id = 60");
    if (crashes) {
      crash();
    } else {
      stop_and_start();
    }
    const std::uint64_t before = model.position.txid;
    application->rows("UPDATE t SET a = a + 1 WHERE id = 70");
    expect_current();
    EXPECT_EQ(log(), first);
    EXPECT_EQ(txid(), before + 2);
  }
}

TEST_F(Served, ALogThatWasRestartedWhileItWasDown) {
  expect_current();
  const std::uint64_t first = log();
  crash();
  application->rows("UPDATE t SET a = a + 1 WHERE id = 60; PRAGMA wal_checkpoint(TRUNCATE)");
  application->rows("UPDATE t SET a = a + 1 WHERE id = 70");
  expect_current();
  EXPECT_EQ(log(), first);
}

// A replica has seen states that the server lost and cannot make again.
TEST_F(Served, StatesThatWereLostAreGoneNotDiverged) {
  expect_current();
  application->rows("UPDATE t SET a = a + 1 WHERE id = 50");
  expect_current();
  crash();  // in memory only
  application->rows("UPDATE t SET a = a - 1 WHERE id = 50; PRAGMA wal_checkpoint(TRUNCATE)");
  application->rows("UPDATE t SET a = a + 1 WHERE id = 70");
  served->follow();
  EXPECT_EQ(standing(model.position), Standing::kGone);
}

TEST_F(Served, PositionsThatAreNotOfThisHistory) {
  expect_current();
  application->rows("UPDATE t SET a = a + 1 WHERE id = 50");
  served->follow();
  const Position newest = served->info().position;
  EXPECT_EQ(standing(newest), Standing::kCurrent);
  EXPECT_EQ(standing({newest.log + 1, newest.txid, newest.checksum}), Standing::kOtherLog);
  EXPECT_EQ(standing({newest.log, newest.txid + 1, newest.checksum}), Standing::kAhead);
  EXPECT_EQ(standing({newest.log, newest.txid, newest.checksum ^ 1}), Standing::kOtherState);
  EXPECT_EQ(standing({newest.log, newest.txid - 1, newest.checksum}), Standing::kOtherState);
  EXPECT_EQ(standing({newest.log, 5, newest.checksum}), Standing::kGone);
}

TEST_F(Served, AnotherFileIsAnotherHistory) {
  expect_current();
  const Position before = served->info().position;
  application.reset();
  fs::remove(path);
  fs::remove(path + "-wal");
  fs::remove(path + "-shm");
  EXPECT_THROW(served->follow(), sqlite::Error);
  const std::int64_t replaced_at = now_ms();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_NE(served->info().error, "");
  application = std::make_unique<Database>(nullptr, path);
  application->rows("CREATE TABLE other(x)");
  served->follow();
  EXPECT_GT(log(), before.log);
  EXPECT_EQ(standing(before), Standing::kOtherLog);
  // What was there before can still be had.
  for (const auto& past : {served->past_at(before), served->past_at(replaced_at)}) {
    EXPECT_EQ(past.log, before.log);
    ASSERT_FALSE(past.segments.empty());
    EXPECT_EQ(past.segments.back().post_checksum, before.checksum);
    LtxStream stream(past.segments, before.checksum);
    Model restored;
    restored.apply(bytes_of(stream), before);
  }
  EXPECT_EQ(served->info().position.checksum, database_checksum(path));
}

TEST_F(Served, AnOlderCopyIsAnotherHistory) {
  application->rows("PRAGMA wal_checkpoint(TRUNCATE)");
  const std::string copy = replica::testing::read_whole(path);
  application->rows("CREATE TABLE u(x)");
  application->rows("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  application->rows("INSERT INTO u VALUES (1)");
  expect_current();
  const Position before = served->info().position;
  served->stop();
  start();
  application.reset();
  replica::testing::write_whole(path, copy);  // the same file
  served->follow();
  EXPECT_GT(log(), before.log);
}

TEST_F(Served, AMovedFileIsTheSameHistory) {
  application->rows("PRAGMA wal_checkpoint(TRUNCATE)");
  expect_current();
  const std::uint64_t first = log();
  served->stop();
  application.reset();
  fs::rename(path, path + "-old");
  fs::copy_file(path + "-old", path);
  start();
  expect_current();
  EXPECT_EQ(log(), first);
}

TEST_F(Served, AnotherPageSizeIsAnotherHistory) {
  expect_current();
  const std::uint64_t first = log();
  served->stop();
  start();
  application->rows("PRAGMA journal_mode = DELETE; PRAGMA page_size = 1024; VACUUM");
  served->follow();
  EXPECT_GT(log(), first);
  EXPECT_EQ(served->info().page_size, 1024u);
}

TEST_F(Served, RestoresThePast) {
  std::map<std::uint64_t, std::uint64_t> states;  // checksum after each transaction
  for (int i = 0; i < 12; ++i) {
    application->rows("UPDATE t SET a = " + std::to_string(i) +
                      " WHERE id % 999 = " + std::to_string(i));
    served->follow();
    states[txid()] = served->info().position.checksum;
    if (i % 4 == 3) stop_and_start();  // becomes one file
  }
  served->follow();
  for (const auto& [id, checksum] : states) {
    const std::vector<Segment> path_there = served->past_at(Position{log(), id, 0}).segments;
    ASSERT_FALSE(path_there.empty());
    const Segment& last = path_there.back();
    EXPECT_EQ(last.post_checksum, states.at(last.max()));
    EXPECT_LE(last.max(), id);
    LtxStream stream(path_there, last.post_checksum);
    Model past;
    past.apply(bytes_of(stream), {log(), last.max(), last.post_checksum});
  }
  EXPECT_TRUE(served->past_at(Position{log(), 5, 0}).segments.empty());
  EXPECT_TRUE(served->past_at(Position{log() + 1, UINT64_MAX, 0}).segments.empty());
}

// Every journal mode, every checkpoint, crashes and stops, in any order.
TEST_F(Served, RandomLives) {
  const int rounds = std::getenv("EDGEPACK_LONG_TESTS") != nullptr ? 5000 : 150;
  std::mt19937 random(11);
  const auto pick = [&random](std::uint32_t n) { return random() % n; };
  const std::vector<std::string> checkpoints{"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
  expect_current();
  for (int round = 0; round < rounds; ++round) {
    switch (pick(12)) {
      case 0:
        application->rows("PRAGMA wal_checkpoint(" + checkpoints[pick(4)] + ")");
        break;
      case 1:
        application->rows("DELETE FROM t WHERE id % 4 = " + std::to_string(pick(4)));
        break;
      case 2:
        application->rows(fill(static_cast<int>(pick(400)) + 1));
        break;
      case 3:
        if (pick(4) == 0) application->rows("VACUUM");
        break;
      case 4:
        application.reset();  // the last connection but ours
        application = std::make_unique<Database>(nullptr, path);
        application->rows("PRAGMA synchronous = OFF");
        break;
      case 5:
        if (pick(2) == 0)
          crash();
        else
          stop_and_start();
        break;
      case 6:
        served->maintain();
        break;
      default:
        application->rows("UPDATE t SET a = a + 1, b = randomblob(" + std::to_string(pick(600)) +
                          ") WHERE id % 100 = " + std::to_string(pick(100)));
    }
    if (pick(3) == 0) {
      served->follow();
      ASSERT_EQ(served->info().position.checksum, database_checksum(path)) << round;
      if (standing(model.position) == Standing::kGone) model = {};
      model.sync(*served);
      ASSERT_FALSE(HasFailure()) << round;
    }
  }
}

}  // namespace
}  // namespace edgepack::serve::testing
