// The server is killed at each of its steps. Whatever it leaves behind, the next one goes on: no
// position is ever used for two states, and replicas of before catch up.

#include <cstdlib>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replica/testing/image.h"
#include "replica/testing/pair.h"
#include "serve/database.h"
#include "serve/step.h"
#include "serve/testing/model.h"

namespace edgepack::serve::testing {
namespace {

using replica::testing::database_checksum;
using replica::testing::TemporaryFolder;
using Application = edgepack::testing::Database;

Step fatal = Step::kCount;
int remaining = 0;

std::string rows_of(int count, int size) {
  return "INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
         "WHERE i < " +
         std::to_string(count) + ") SELECT i, randomblob(" + std::to_string(size) + ") FROM n";
}

class ServerCrash : public ::testing::TestWithParam<int> {
 protected:
  ServerCrash() {
    application = std::make_unique<Application>(nullptr, path);
    application->rows(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)");
    application->rows(rows_of(200, 300));
  }
  std::unique_ptr<Database> serve() const {
    return std::make_unique<Database>("app.db", path, path + "-serve", Retention{});
  }
  /// A server in a process of its own does `work` and dies when the step comes the `count`-th time.
  template <class Work>
  bool killed(int count, const Work& work) {
    application.reset();  // SQLite must not be carried across a fork
    const pid_t child = ::fork();
    if (child == 0) {
      fatal = static_cast<Step>(GetParam());
      remaining = count;
      on_step = [](Step reached) {
        if (reached == fatal && --remaining == 0) ::kill(::getpid(), SIGKILL);
      };
      try {
        work();
      } catch (...) {
        ::_exit(2);
      }
      ::_exit(0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "the server failed";
    application = std::make_unique<Application>(nullptr, path);
    application->rows("PRAGMA synchronous = OFF");
    return WIFSIGNALED(status);
  }
  void expect_goes_on(Model& model) {
    application->rows("UPDATE t SET a = a + 1 WHERE id = 3");
    auto server = serve();
    server->follow();
    EXPECT_EQ(server->info().position.checksum, database_checksum(path));
    State newest;
    if (model.position.log != 0 && model.position.log == server->info().position.log &&
        server->changes(model.position, UINT64_MAX, newest).standing == Standing::kGone) {
      model = {};
    }
    model.sync(*server);
    EXPECT_EQ(model.checksum(), database_checksum(path));
    server->stop();
    server = serve();
    const Position stopped = model.position;
    model.sync(*server);
    EXPECT_EQ(model.position, stopped);
  }

  TemporaryFolder folder;
  std::string path = folder / "app.db";
  std::unique_ptr<Application> application;
};

TEST_P(ServerCrash, AtTheFirstSnapshot) {
  const auto step = static_cast<Step>(GetParam());
  EXPECT_EQ(killed(1, [this] { serve()->follow(); }), step != Step::kRemoveFiles);
  Model model;
  expect_goes_on(model);
}

TEST_P(ServerCrash, WhileItFollows) {
  const bool is_long = std::getenv("EDGEPACK_LONG_TESTS") != nullptr;
  for (int count = 1; count <= (is_long ? 12 : 4); count += is_long ? 1 : 3) {
    SCOPED_TRACE(count);
    Model model;
    {
      auto server = serve();
      model.sync(*server);
      server->stop();
    }
    const bool was_killed = killed(count, [this, count] {
      auto server = serve();
      Application writer(nullptr, path);
      writer.rows("PRAGMA synchronous = OFF");
      // Each of these comes by every step at least once.
      for (int i = 0; i < count; ++i) {
        writer.rows("UPDATE t SET a = a + 1 WHERE id % 10 = 1");
        server->follow();
        writer.rows("UPDATE t SET a = a + 1 WHERE id % 10 = 2; PRAGMA wal_checkpoint(TRUNCATE)");
        server->follow();  // has to compare
        writer.rows(rows_of(90, 100000));
        server->follow();  // too large for memory
        server->stop();
      }
    });
    const auto step = static_cast<Step>(GetParam());
    if (step != Step::kMakeFolder && step != Step::kRemoveFiles) {
      EXPECT_TRUE(was_killed);
    }
    const std::uint64_t log = model.position.log;
    expect_goes_on(model);
    EXPECT_EQ(model.position.log, log);
  }
}

class MaintenanceCrash : public ServerCrash {};

TEST_P(MaintenanceCrash, WhileItMakesASnapshotAndDropsThePast) {
  Model model;
  {
    auto server = serve();
    model.sync(*server);
    server->stop();
  }
  // So much that a snapshot is due, and nothing older is to be kept.
  application->rows(rows_of(17, 1000000));
  EXPECT_TRUE(killed(1, [this] {
    Database server("app.db", path, path + "-serve", {.age = std::chrono::milliseconds(0)});
    const auto step = fatal;
    fatal = Step::kCount;
    server.follow();
    server.stop();
    fatal = step;
    server.maintain();
  }));
  const std::uint64_t log = model.position.log;
  expect_goes_on(model);
  EXPECT_EQ(model.position.log, log);
}

INSTANTIATE_TEST_SUITE_P(EachStep, MaintenanceCrash,
                         ::testing::Values(static_cast<int>(Step::kWriteFile),
                                           static_cast<int>(Step::kSyncFile),
                                           static_cast<int>(Step::kRenameFile),
                                           static_cast<int>(Step::kRemoveFiles)));
INSTANTIATE_TEST_SUITE_P(EachStep, ServerCrash,
                         ::testing::Range(0, static_cast<int>(Step::kCount)));

}  // namespace
}  // namespace edgepack::serve::testing
