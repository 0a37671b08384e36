// A sync is killed at each of its steps. Whatever is left behind opens, shows one of the two
// states, and the next sync ends at the primary's.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replica/step.h"
#include "replica/testing/pair.h"
#include "replica/testing/reader.h"

namespace edgepack::replica::testing {
namespace {

Step fatal = Step::kCount;

/// Syncs in a process of its own that dies at `step`. Answers whether it got there.
bool killed_at(Step step, const Pair& pair) {
  const pid_t child = ::fork();
  if (child == 0) {
    fatal = step;
    on_step = [](Step reached) {
      if (reached == fatal) ::kill(::getpid(), SIGKILL);
    };
    try {
      Database host(register_replica, pair.replica_path);
      host.rows("SELECT replica_sync('file:" + pair.primary_path + "')");
    } catch (...) {
      ::_exit(2);
    }
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) return true;
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the sync failed";
  return false;
}

void close(Pair& pair) {
  pair.primary.reset();
  pair.replica.reset();
}

void open(Pair& pair) {
  pair.primary = std::make_unique<Database>(nullptr, pair.primary_path);
  pair.replica = std::make_unique<Database>(register_replica, pair.replica_path);
}

std::string rows_of(int from, int to) {
  return "INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (" + std::to_string(from) +
         ") UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(to) +
         ") SELECT i, i, randomblob(1000) FROM n";
}

class Crash : public ::testing::TestWithParam<int> {
 protected:
  Step step() const { return static_cast<Step>(GetParam()); }
  bool rebuild_only() const { return step() == Step::kForgetState || step() == Step::kRebuild; }
};

TEST_P(Crash, InTheFirstSync) {
  Pair pair;
  pair.primary->rows(rows_of(1, 4500));
  close(pair);
  const bool killed = killed_at(step(), pair);
  // The pages went into the file, so the log is too short for a checkpoint.
  const bool checkpoint_only = step() == Step::kCheckpoint || step() == Step::kWriteContact;
  EXPECT_NE(killed, checkpoint_only || rebuild_only());
  open(pair);
  EXPECT_EQ(pair.replica->row("PRAGMA integrity_check"), "'ok'");
  pair.primary->rows("UPDATE t SET a = 0 WHERE id = 7");
  pair.sync();  // without repair
  pair.expect_sound();
  pair.expect_identical();
}

TEST_P(Crash, InALaterSync) {
  for (const bool with_reader : {false, true}) {
    SCOPED_TRACE(with_reader ? "another process reads" : "nobody reads");
    Pair pair;
    pair.primary->rows(rows_of(1, 100));
    pair.sync();
    pair.primary->rows("UPDATE t SET a = -1 WHERE id < 50; " + rows_of(101, 4500));
    close(pair);
    {
      std::unique_ptr<Reader> reader;
      if (with_reader) {
        reader = std::make_unique<Reader>(pair.replica_path);
        EXPECT_EQ(reader->ask("BEGIN; SELECT count(*) FROM t;"), "100");
      }
      const bool killed = killed_at(step(), pair);
      const bool first_sync_only = step() == Step::kCreatePosition || step() == Step::kSetWalMode ||
                                   step() == Step::kWriteHeader || step() == Step::kWriteFile ||
                                   step() == Step::kSyncFile;
      // A reader keeps the log in use: it is neither started anew nor checkpointed to the end.
      const bool needs_restart = step() == Step::kWriteContact;
      EXPECT_TRUE(killed || first_sync_only || rebuild_only() || (with_reader && needs_restart));
      if (with_reader) {
        EXPECT_EQ(reader->ask("SELECT count(*) FROM t;"), "100") << "a snapshot changed";
        const std::string now = reader->ask("COMMIT; SELECT count(*), sum(a = -1) FROM t;");
        EXPECT_TRUE(now == "100|0" || now == "4500|49") << now;
        EXPECT_EQ(reader->ask("PRAGMA integrity_check;"), "ok");
      }
    }
    open(pair);
    const std::string now = pair.replica->row("SELECT count(*), sum(a = -1) FROM t");
    EXPECT_TRUE(now == "100|0" || now == "4500|49") << now;
    EXPECT_EQ(pair.replica->row("PRAGMA integrity_check"), "'ok'");
    pair.primary->rows("UPDATE t SET a = 0 WHERE id = 7; DELETE FROM t WHERE id > 4000; VACUUM");
    pair.sync();
    pair.expect_sound();
    pair.expect_identical();
  }
}

INSTANTIATE_TEST_SUITE_P(AtEachStep, Crash, ::testing::Range(0, static_cast<int>(Step::kCount)));

}  // namespace
}  // namespace edgepack::replica::testing
