// The primary is rebuilt with other pages while it has a replica.

#include <gtest/gtest.h>

#include "replica/step.h"
#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

constexpr char kRebuild[] = "PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM";

struct PageSize : ::testing::Test {
  PageSize() {
    pair.primary->rows("INSERT INTO t(a, b) VALUES (1, zeroblob(50000)), (2, 'two')");
    pair.sync();
    pair.primary->rows(kRebuild);
    pair.primary->rows("PRAGMA journal_mode = WAL; UPDATE t SET a = 3 WHERE id = 2");
  }
  /// Syncs from a connection to another database, with nobody else at the replica.
  std::string error_of_lone_sync() {
    pair.replica.reset();
    const std::string error =
        Database(register_replica)
            .error("SELECT replica_sync(NULL, '{\"path\":\"" + pair.replica_path + "\"}')");
    pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
    return error;
  }

  Pair pair;
};

TEST_F(PageSize, FollowsTheSourceWhenNobodyElseHasTheReplicaOpen) {
  EXPECT_EQ(error_of_lone_sync(), "");
  EXPECT_EQ(pair.replica->row("PRAGMA page_size"), "8192");
  pair.expect_sound();
  EXPECT_EQ(pair.sync_field("state"), "'current'");
  pair.primary->rows("INSERT INTO t(a) VALUES (4)");
  EXPECT_EQ(pair.sync_field("snapshot"), "0");
  pair.expect_sound();
  pair.expect_identical_but_schema_version();
}

TEST_F(PageSize, IsRefusedWhileOthersRead) {
  const Database reader(nullptr, pair.replica_path);
  const std::string before = pair.replica->row("SELECT count(*), sum(a) FROM t");
  const std::string error = pair.replica->error("SELECT replica_sync()");
  EXPECT_NE(error.find("its page size is 4096, the source's 8192, and others have it open"),
            std::string::npos)
      << error;
  EXPECT_EQ(pair.replica->row("SELECT count(*), sum(a) FROM t"), before);
  EXPECT_EQ(pair.replica->row("PRAGMA integrity_check"), "'ok'");
}

TEST_F(PageSize, AFailureAtEachStepLeavesAReplicaThatGoesOn) {
  for (int step = 0; step < static_cast<int>(Step::kCount); ++step) {
    SCOPED_TRACE(step);
    static Step failing;
    failing = static_cast<Step>(step);
    on_step = [](Step now) {
      if (now == failing) throw sqlite::Error({.operation = "injected"}, SQLITE_IOERR);
    };
    error_of_lone_sync();
    on_step = nullptr;
    EXPECT_EQ(pair.replica->row("PRAGMA integrity_check"), "'ok'");
    EXPECT_EQ(error_of_lone_sync(), "");
    pair.expect_sound();
    // Back again, for the next step.
    pair.replica.reset();
    pair.primary->rows("PRAGMA journal_mode = DELETE; PRAGMA page_size = " +
                       std::string(step % 2 == 0 ? "1024" : "8192") +
                       "; VACUUM; PRAGMA journal_mode = WAL; INSERT INTO t(a) VALUES (1)");
    pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
  }
}

}  // namespace
}  // namespace edgepack::replica::testing
