#include <gtest/gtest.h>

#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Diverged : ::testing::Test {
  Diverged() {
    pair.primary->rows(
        "INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < "
        "900)"
        " SELECT i, i, randomblob(100) FROM n");
    pair.sync();
    // A connection that has read the database is one that checkpoints it when it closes.
    pair.replica->rows("SELECT count(*) FROM t");
  }

  void expect_refused_then_repaired() {
    const auto before = pair.replica->rows("SELECT * FROM t");
    const std::string error = pair.replica->error("SELECT replica_sync()");
    EXPECT_TRUE(contains(error, "it has diverged")) << error;
    EXPECT_TRUE(contains(error, "repair")) << error;
    EXPECT_EQ(pair.replica->rows("SELECT * FROM t"), before);
    EXPECT_TRUE(contains(pair.replica->error("SELECT replica_sync()"), "it has diverged"));
    const std::string pages = pair.sync_field("pages", R"({"repair":true})");
    EXPECT_GE(std::stoi(pages), 1);
    EXPECT_LE(std::stoi(pages), 10);  // only what differs
    pair.expect_sound();
    EXPECT_EQ(pair.sync_field("state"), "'current'");
    pair.expect_identical();
  }

  Pair pair;
};

TEST_F(Diverged, RowWritten) {
  pair.replica->rows("UPDATE t SET a = -1 WHERE id = 500");
  expect_refused_then_repaired();
}

TEST_F(Diverged, RowWrittenAndPrimaryMovedOn) {
  pair.replica->rows("UPDATE t SET a = -1 WHERE id = 500");
  pair.primary->rows("UPDATE t SET a = -2 WHERE id = 1");
  expect_refused_then_repaired();
}

TEST_F(Diverged, RowWrittenAndLogRestarted) {
  pair.replica->rows("UPDATE t SET a = -1 WHERE id = 500; PRAGMA wal_checkpoint(TRUNCATE)");
  expect_refused_then_repaired();
}

TEST_F(Diverged, RowWrittenAndLogDeleted) {
  shell(pair.replica_path, "UPDATE t SET a = -1 WHERE id = 500");
  pair.replica.reset();
  shell(pair.replica_path, "PRAGMA wal_checkpoint(TRUNCATE)");
  pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
  expect_refused_then_repaired();
}

TEST_F(Diverged, WrittenInRollbackMode) {
  pair.replica.reset();
  shell(
      pair.replica_path,
      "PRAGMA journal_mode = DELETE; UPDATE t SET a = -1 WHERE id = 5; PRAGMA journal_mode = WAL");
  pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
  expect_refused_then_repaired();
}

TEST_F(Diverged, LeftInRollbackMode) {
  pair.replica.reset();
  shell(pair.replica_path, "PRAGMA journal_mode = DELETE");
  pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
  EXPECT_TRUE(contains(pair.replica->error("SELECT replica_sync()"), "taken out of WAL mode"));
  EXPECT_EQ(pair.replica->row("PRAGMA journal_mode"), "'delete'");
  pair.sync(R"({"repair":true})");
  pair.expect_sound();
  pair.expect_identical();
}

TEST_F(Diverged, OldCopyRestored) {
  pair.replica->rows("PRAGMA wal_checkpoint(TRUNCATE)");
  const std::string old = read_whole(pair.replica_path);
  pair.primary->rows("UPDATE t SET a = -2 WHERE id = 1");
  pair.sync();
  pair.primary->rows("UPDATE t SET a = -3 WHERE id = 400");
  pair.sync();
  pair.replica.reset();
  std::filesystem::remove(pair.replica_path + "-wal");
  std::filesystem::remove(pair.replica_path + "-shm");
  write_whole(pair.replica_path, old);
  pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
  expect_refused_then_repaired();
}

TEST_F(Diverged, ClosedReplicaHasNot) {
  pair.replica.reset();
  pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
  EXPECT_EQ(pair.replica->row("SELECT json_extract(replica_status(), '$.state')"), "'replica'");
  EXPECT_EQ(pair.sync_field("state"), "'current'");
  pair.expect_identical();
}

TEST_F(Diverged, ReplicaWhoseLogWasDeletedHasNot) {
  pair.replica.reset();
  // The last user checkpoints and deletes the log.
  shell(pair.replica_path, "SELECT count(*) FROM t");
  EXPECT_FALSE(std::filesystem::exists(pair.replica_path + "-wal"));
  pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
  EXPECT_EQ(pair.replica->row("SELECT json_extract(replica_status(), '$.state')"), "'unverified'");
  EXPECT_EQ(pair.sync_field("state"), "'current'");
  pair.primary->rows("UPDATE t SET a = -2 WHERE id = 1");
  pair.replica.reset();
  pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
  EXPECT_EQ(pair.sync_field("snapshot"), "0");
  pair.expect_sound();
  pair.expect_identical();
}

TEST_F(Diverged, OtherSource) {
  Pair other;
  other.primary->rows("INSERT INTO t(a) VALUES ('other')");
  pair.replica->rows("SELECT replica_sync('file:" + other.primary_path + "')");
  EXPECT_EQ(pair.replica->row("SELECT a FROM t"), "'other'");
  EXPECT_EQ(pair.replica->row("PRAGMA integrity_check"), "'ok'");
}

TEST_F(Diverged, PrimaryReplaced) {
  pair.primary.reset();
  std::filesystem::remove(pair.primary_path);
  pair.primary = std::make_unique<Database>(nullptr, pair.primary_path);
  pair.primary->rows(
      "PRAGMA journal_mode = WAL; CREATE TABLE fresh(x); INSERT INTO fresh VALUES (1)");
  EXPECT_EQ(pair.sync_field("snapshot"), "1");
  // Both databases have schema version 1: this connection must notice all the same.
  pair.expect_sound();
  pair.expect_identical_but_schema_version();
  pair.primary->rows("CREATE TABLE more(x)");
  pair.sync();
  pair.expect_sound();
  pair.expect_identical_but_schema_version();
}

TEST_F(Diverged, PrimaryRestoredFromAnOldCopyWithItsLog) {
  pair.primary->rows("UPDATE t SET a = 'old' WHERE id = 1");
  const std::string database = read_whole(pair.primary_path);
  const std::string log = read_whole(pair.primary_path + "-wal");
  pair.primary->rows("UPDATE t SET a = 'lost' WHERE id = 500");
  pair.sync();
  pair.primary.reset();
  write_whole(pair.primary_path, database);
  write_whole(pair.primary_path + "-wal", log);
  pair.primary = std::make_unique<Database>(nullptr, pair.primary_path);
  EXPECT_EQ(pair.sync_field("snapshot"), "1");
  pair.expect_sound();
  // As many frames as were synced, but others: salts and count alone would look the same.
  pair.primary->rows("UPDATE t SET a = 'new' WHERE id = 600");
  pair.sync();
  pair.expect_sound();
  pair.expect_identical();
}

TEST(Foreign, ADatabaseWithDataOfItsOwnIsRefused) {
  for (const std::string mode : {"WAL", "DELETE"}) {
    SCOPED_TRACE(mode);
    Pair pair;
    pair.replica->rows("PRAGMA journal_mode = " + mode +
                       "; CREATE TABLE mine(a); INSERT INTO mine VALUES (1)");
    const std::string error =
        pair.replica->error("SELECT replica_sync('file:" + pair.primary_path + "')");
    EXPECT_TRUE(contains(error, "it holds data of its own")) << error;
    EXPECT_EQ(pair.replica->row("SELECT * FROM mine"), "1");
    EXPECT_FALSE(std::filesystem::exists(pair.replica_path + "-replica"));
    EXPECT_EQ(pair.sync_field("state", R"({"repair":true})"), "'updated'");
    pair.expect_sound();
    pair.expect_identical_but_schema_version();
  }
}

TEST(Foreign, AnEqualCopyIsAdopted) {
  Pair pair;
  pair.primary->rows("INSERT INTO t(a) VALUES (1); PRAGMA wal_checkpoint(TRUNCATE)");
  pair.replica.reset();
  write_whole(pair.replica_path, read_whole(pair.primary_path));
  pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
  EXPECT_EQ(pair.sync_field("state"), "'current'");
  pair.primary->rows("INSERT INTO t(a) VALUES (2)");
  EXPECT_EQ(pair.sync_field("pages"), "1");
  pair.expect_identical();
}

TEST(Foreign, OwnDataWrittenAfterAFailedFirstSyncIsKept) {
  Pair pair;
  write_whole(pair.folder / "garbage", std::string(5000, 'g'));
  EXPECT_NE(pair.replica->error("SELECT replica_sync('file:" + (pair.folder / "garbage") + "')"),
            "");
  pair.replica->rows("CREATE TABLE mine(a)");
  EXPECT_TRUE(contains(pair.replica->error("SELECT replica_sync('file:" + pair.primary_path + "')"),
                       "it holds data of its own"));
}

}  // namespace
}  // namespace edgepack::replica::testing
