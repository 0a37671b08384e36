#include "replica/snapshot.h"

#include <gtest/gtest.h>

#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

/// All pages of a snapshot, joined.
std::string pages_of(Snapshot& snapshot) {
  std::string all;
  std::vector<std::byte> page(snapshot.page_size());
  for (std::uint32_t number = 1; number <= snapshot.page_count(); ++number) {
    snapshot.read(number, page);
    all.append(reinterpret_cast<const char*>(page.data()), page.size());
  }
  return all;
}

const std::string kFill =
    "INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
    " SELECT NULL, i, randomblob(100) FROM n";

struct SnapshotTest : ::testing::Test {
  std::unique_ptr<Connection> connect() {
    return std::make_unique<Connection>("test", pair.primary_path, Connection::Missing::kFail,
                                        nullptr);
  }
  Pair pair;
};

TEST_F(SnapshotTest, IsWhatACheckpointLeavesInTheFile) {
  pair.primary->rows(kFill);
  pair.primary->rows("PRAGMA wal_checkpoint(PASSIVE)");
  pair.primary->rows("DELETE FROM t WHERE a % 5 = 0");
  const auto connection = connect();
  std::string shown;
  {
    Snapshot snapshot(*connection);
    EXPECT_TRUE(snapshot.is_wal());
    EXPECT_EQ(snapshot.page_size(), 4096u);
    shown = pages_of(snapshot);
  }
  pair.primary->rows("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_TRUE(shown == read_whole(pair.primary_path));
}

TEST_F(SnapshotTest, StaysWhileOthersWriteAndCheckpoint) {
  pair.primary->rows(kFill);
  const auto connection = connect();
  Snapshot snapshot(*connection);
  const std::string shown = pages_of(snapshot);
  for (const std::string mode : {"PASSIVE", "FULL", "RESTART", "TRUNCATE"}) {
    pair.primary->rows("UPDATE t SET b = randomblob(100) WHERE a % 7 = 0; PRAGMA wal_checkpoint(" +
                       mode + ")");
    EXPECT_TRUE(pages_of(snapshot) == shown) << mode;
  }
}

// A reader of a fully checkpointed log does not keep writers from starting it anew.
TEST_F(SnapshotTest, StaysWhenTheLogIsRestartedUnderIt) {
  pair.primary->rows(kFill + "; PRAGMA wal_checkpoint(PASSIVE)");
  const auto connection = connect();
  Snapshot snapshot(*connection);
  const std::string shown = pages_of(snapshot);
  const WalMark mark = snapshot.mark();
  pair.primary->rows("UPDATE t SET b = randomblob(100)");
  const auto other = connect();
  EXPECT_NE(Snapshot(*other).mark().salt, mark.salt) << "the log was not restarted";
  EXPECT_TRUE(pages_of(snapshot) == shown);
  const std::uint32_t pages = snapshot.page_count();
  EXPECT_FALSE(snapshot.changes_since({mark.salt, mark.frame - 1, mark.checksum}, pages));
  EXPECT_FALSE(snapshot.changes_since(mark, pages));
  EXPECT_FALSE(snapshot.copy_since(mark, pages, SIZE_MAX));
  EXPECT_FALSE(snapshot.copy_since({mark.salt, 0, {}}, pages, SIZE_MAX));
}

TEST_F(SnapshotTest, ChangesSince) {
  pair.primary->rows(kFill);
  const auto connection = connect();
  WalMark mark;
  std::uint32_t pages = 0;
  {
    Snapshot before(*connection);
    mark = before.mark();
    pages = before.page_count();
    const auto none = before.changes_since(mark, pages);
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->pages.empty());
    EXPECT_EQ(none->transactions, 0u);
  }
  pair.primary->rows("UPDATE t SET a = 0 WHERE id = 1; UPDATE t SET a = 1 WHERE id = 1");
  Snapshot after(*connection);
  const auto changes = after.changes_since(mark, pages);
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->transactions, 2u);
  EXPECT_EQ(changes->pages.size(), 1u);
  WalMark other = mark;
  other.checksum[1] ^= 1;
  EXPECT_FALSE(after.changes_since(other, pages));
  other = mark;
  other.salt[0] ^= 1;
  EXPECT_FALSE(after.changes_since(other, pages));
  other = mark;
  other.frame = after.mark().frame + 1;
  EXPECT_FALSE(after.changes_since(other, pages));
  EXPECT_FALSE(after.changes_since({}, pages));
}

TEST_F(SnapshotTest, ACopyIsWhatTheSnapshotShows) {
  pair.primary->rows("PRAGMA wal_autocheckpoint = 0; " + kFill);
  const auto connection = connect();
  WalMark mark;
  std::uint32_t pages = 0;
  bool has_older = false;
  {
    const Snapshot before(*connection);
    mark = before.mark();
    pages = before.page_count();
  }
  for (const std::string change :
       {"UPDATE t SET a = 0 WHERE id = 1", "UPDATE t SET b = randomblob(120) WHERE id % 3 = 0",
        "UPDATE t SET a = 2 WHERE id = 1", "DELETE FROM t WHERE id > 1500; VACUUM"}) {
    pair.primary->rows(change);
    std::vector<std::string> shown;
    std::optional<LogCopy> copy;
    std::optional<LogCopy> newest;
    {
      Snapshot snapshot(*connection);
      const auto changes = snapshot.changes_since(mark, pages);
      const std::size_t all = (snapshot.mark().frame - mark.frame) * (4096 + kFrameHeaderSize);
      EXPECT_FALSE(snapshot.copy_since({}, pages, all)) << change;
      copy = snapshot.copy_since(mark, pages, all);
      ASSERT_TRUE(changes && copy) << change;
      // Older copies of pages need no space.
      const std::size_t enough = changes->pages.size() * (4096 + kFrameHeaderSize);
      EXPECT_FALSE(snapshot.copy_since(mark, pages, enough - 1)) << change;
      newest = snapshot.copy_since(mark, pages, enough);
      ASSERT_TRUE(newest) << change;
      EXPECT_EQ(newest->pages, changes->pages) << change;
      EXPECT_EQ(newest->transactions, changes->transactions) << change;
      has_older |= enough < all;
      EXPECT_EQ(copy->pages, changes->pages) << change;
      EXPECT_EQ(copy->transactions, changes->transactions) << change;
      std::string page(snapshot.page_size(), '\0');
      for (const std::uint32_t number : changes->pages) {
        snapshot.read(number, std::as_writable_bytes(std::span(page)));
        shown.push_back(page);
      }
    }
    pair.primary->rows("UPDATE t SET b = randomblob(10) WHERE id = 1");
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const auto bytes = copy->bytes(i);
      EXPECT_TRUE(shown[i] ==
                  std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()))
          << change << ", page " << copy->pages[i];
      EXPECT_TRUE(std::ranges::equal(bytes, newest->bytes(i))) << change;
    }
  }
  EXPECT_TRUE(has_older);
}

// A log of some gigabytes has many blocks of the wal-index; a few thousand frames have three.
TEST_F(SnapshotTest, FindsPagesInEveryBlockOfTheIndex) {
  pair.primary->rows("PRAGMA wal_autocheckpoint = 0");
  for (int i = 0; i < 8; ++i) pair.primary->rows(kFill + "; UPDATE t SET b = randomblob(400)");
  const auto connection = connect();
  std::string shown;
  {
    Snapshot snapshot(*connection);
    ASSERT_GT(snapshot.mark().frame, 2 * kIndexFramesPerBlock);
    shown = pages_of(snapshot);
  }
  pair.primary->rows("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_TRUE(shown == read_whole(pair.primary_path));
}

TEST(SnapshotErrors, NameTheFile) {
  const Database host;  // hands over the routines that the code under test calls
  const TemporaryFolder folder;
  const auto error = [&](const std::string& bytes) -> std::string {
    const std::string path = folder / "bad.db";
    write_whole(path, bytes);
    try {
      const Connection connection("test", path, Connection::Missing::kFail, nullptr);
      const Snapshot snapshot(connection);
      return {};
    } catch (const sqlite::Error& problem) {
      return problem.what();
    }
  };
  EXPECT_EQ(error(std::string(10000, 'x')),
            "test: " + (folder / "bad.db") + ": file is not a database");
  EXPECT_NE(error("SQLite format 3"), "");
  EXPECT_EQ(error(""), "");
}

}  // namespace
}  // namespace edgepack::replica::testing
