// Sources and replicas that cannot be used: a clear error, and nothing has changed.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replica/step.h"
#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

std::string sync_error(Pair& pair, const std::string& source, const std::string& options = "{}") {
  return pair.replica->error("SELECT replica_sync('" + source + "', '" + options + "')");
}

#define EXPECT_CONTAINS(text, part) \
  EXPECT_NE(std::string(text).find(part), std::string::npos) << "in: " << (text)

TEST(SyncErrors, SourcesThatAreNoDatabase) {
  Pair pair;
  const std::string bad = pair.folder / "bad.db";
  write_whole(bad, std::string(100000, 'x'));
  EXPECT_EQ(sync_error(pair, "file:" + bad), "replica_sync: " + bad + ": file is not a database");
  write_whole(bad, "");
  EXPECT_CONTAINS(sync_error(pair, "file:" + bad),
                  "the source is an empty file; create a table in it first");
  write_whole(bad, read_whole(pair.primary_path).substr(0, 60));
  EXPECT_NE(sync_error(pair, "file:" + bad), "");
  EXPECT_CONTAINS(sync_error(pair, "file:/dev/null"), "the source is not a file");
  EXPECT_CONTAINS(sync_error(pair, "file:" + std::string(3000, 'a')), "File name too long");
  EXPECT_FALSE(std::filesystem::exists(pair.replica_path + "-replica"));
  EXPECT_EQ(pair.replica->row("SELECT count(*) FROM sqlite_schema"), "0");
}

TEST(SyncErrors, DamagedSourceLeavesTheReplicaAsItWas) {
  Pair pair;
  pair.primary->rows("INSERT INTO t(a) VALUES (1)");
  pair.sync();
  pair.primary.reset();
  std::filesystem::remove(pair.primary_path + "-wal");
  write_whole(pair.primary_path, "SQLite format 3" + std::string(9000, '\0'));
  EXPECT_NE(pair.replica->error("SELECT replica_sync()"), "");
  EXPECT_EQ(pair.replica->row("SELECT a FROM t"), "1");
  EXPECT_EQ(pair.replica->row("PRAGMA integrity_check"), "'ok'");
}

TEST(SyncErrors, LockedPrimary) {
  Pair pair("DELETE");
  pair.primary->rows("BEGIN EXCLUSIVE");
  EXPECT_CONTAINS(sync_error(pair, "file:" + pair.primary_path, R"({"timeout_ms":10})"),
                  "database is locked");
  pair.primary->rows("COMMIT");
  pair.sync();
  pair.expect_sound();
}

TEST(SyncErrors, EmptyReplicaOfAnotherPageSizeIsRebuilt) {
  Pair pair("WAL", 8192);
  pair.replica->rows("PRAGMA page_size = 1024; CREATE TABLE x(a); DROP TABLE x; VACUUM");
  pair.sync();
  pair.expect_sound();
  pair.expect_identical();
}

TEST(SyncErrors, PositionFileInTheWay) {
  Pair pair;
  std::filesystem::create_directory(pair.replica_path + "-replica");
  EXPECT_CONTAINS(sync_error(pair, "file:" + pair.primary_path), "position file");
  EXPECT_EQ(pair.replica->row("SELECT count(*) FROM sqlite_schema"), "0");
}

TEST(SyncErrors, SymbolicLinkAndHardLinkToTheReplicaItself) {
  Pair pair;
  pair.sync();
  const std::string link = pair.folder / "link.db";
  std::filesystem::create_symlink(pair.replica_path, link);
  EXPECT_CONTAINS(sync_error(pair, "file:" + link), "the same file");
}

TEST(SyncErrors, InterruptedSyncChangesNothingAndCanBeRepeated) {
  Pair pair;
  pair.primary->rows(
      "INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < "
      "9000)"
      " SELECT i, i, randomblob(100) FROM n");
  static sqlite3* host = nullptr;
  host = *pair.replica;
  on_step = [](Step step) {
    if (step == Step::kLock) sqlite3_interrupt(host);
  };
  const std::string error = sync_error(pair, "file:" + pair.primary_path);
  on_step = nullptr;
  EXPECT_CONTAINS(error, "interrupt");
  EXPECT_EQ(pair.replica->row("SELECT count(*) FROM sqlite_schema"), "0");
  pair.sync();
  pair.expect_sound();
  pair.expect_identical();
}

TEST(SyncErrors, AFailureAtEachStepLeavesOneOfTheTwoStates) {
  for (int step = 0; step < static_cast<int>(Step::kCount); ++step) {
    SCOPED_TRACE(step);
    static Step failing;
    failing = static_cast<Step>(step);
    Pair pair;
    pair.primary->rows("INSERT INTO t(a, b) VALUES (1, zeroblob(5000000))");
    on_step = [](Step now) {
      if (now == failing) throw sqlite::Error({.operation = "injected"}, SQLITE_IOERR);
    };
    const std::string error = sync_error(pair, "file:" + pair.primary_path);
    on_step = nullptr;
    const std::string tables = pair.replica->row("SELECT count(*) FROM sqlite_schema");
    EXPECT_TRUE(tables == "0" || tables == "1") << tables;
    pair.primary->rows("INSERT INTO t(a) VALUES (2)");
    pair.sync();
    pair.expect_sound();
    pair.expect_identical();
  }
}

/// Runs `body` as a user without rights; answers what it says.
template <class Body>
std::string as_nobody(const Body& body) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    std::string said = "no rights to give away";
    if (::setgid(kNobody) == 0 && ::setuid(kNobody) == 0) said = body();
    const ssize_t written = ::write(pipe[1], said.data(), said.size());
    ::_exit(written < 0 ? 1 : 0);
  }
  ::close(pipe[1]);
  std::string answer(4096, '\0');
  const ssize_t got = ::read(pipe[0], answer.data(), answer.size());
  answer.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return answer;
}

struct WithoutRights : ::testing::Test {
  void SetUp() override {
    if (::getuid() != 0) GTEST_SKIP() << "only root can give rights away";
  }
  static void permit(const std::string& path, mode_t mode) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  static std::string try_sync(const std::string& replica, const std::string& primary) {
    return as_nobody([&]() -> std::string {
      try {
        Database host(register_replica);
        return host.error("SELECT replica_sync('file:" + primary + "', '{\"path\":\"" + replica +
                          "\"}')");
      } catch (const std::exception& problem) {
        return problem.what();
      }
    });
  }
};

TEST_F(WithoutRights, ReplicaInAReadOnlyFolder) {
  Pair pair;
  const std::string folder = pair.folder / "";
  permit(folder, 0755);
  pair.primary->rows("PRAGMA journal_mode = DELETE");
  EXPECT_CONTAINS(try_sync(pair.folder / "new.db", pair.primary_path),
                  "its folder must exist and be writable");
  pair.primary.reset();
  pair.replica.reset();
}

TEST_F(WithoutRights, ReadOnlyReplica) {
  Pair pair;
  pair.sync();
  pair.primary->rows("PRAGMA journal_mode = DELETE");
  pair.replica.reset();
  shell(pair.replica_path, "PRAGMA journal_mode = DELETE");
  permit(pair.folder / "", 0755);
  EXPECT_CONTAINS(try_sync(pair.replica_path, pair.primary_path), "the file is read-only");
}

TEST_F(WithoutRights, PrimaryInWalModeInAReadOnlyFolder) {
  Pair pair;
  pair.primary.reset();
  permit(pair.folder / "", 0755);
  const TemporaryFolder writable;
  permit(writable / "", 0777);
  const std::string error = try_sync(writable / "r.db", pair.primary_path);
  EXPECT_CONTAINS(error, pair.primary_path);
  EXPECT_CONTAINS(error, "replica_sync: ");
}

TEST_F(WithoutRights, ReadOnlyPrimaryInRollbackModeCanBeRead) {
  Pair pair("DELETE");
  pair.primary.reset();
  permit(pair.folder / "", 0755);
  const TemporaryFolder writable;
  permit(writable / "", 0777);
  EXPECT_EQ(try_sync(writable / "r.db", pair.primary_path), "");
}

}  // namespace
}  // namespace edgepack::replica::testing
