// A replica that syncs over HTTP is killed, at each step and at any instant. Whatever is left
// opens, shows a state of the primary, and the next sync ends at the newest.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <mutex>
#include <random>
#include <set>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replica/checksum.h"
#include "replica/step.h"
#include "replica/testing/fake_primary.h"
#include "replica/testing/image.h"
#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

Step fatal = Step::kCount;

std::string sync(const std::string& url) { return "SELECT replica_sync('" + url + "')"; }

/// Syncs, by the statement `sql` of a connection to `database`, in a process of its own that dies
/// at `step`, or after `microseconds`. True if it did.
bool kill_a_sync(const std::string& database, const std::string& sql, Step step, int microseconds) {
  const pid_t child = ::fork();
  if (child == 0) {
    fatal = step;
    on_step = [](Step reached) {
      if (reached == fatal) ::kill(::getpid(), SIGKILL);
    };
    try {
      Database(register_replica, database).rows(sql);
    } catch (...) {
      ::_exit(2);
    }
    ::_exit(0);
  }
  if (step == Step::kCount) {
    ::usleep(static_cast<useconds_t>(microseconds));
    ::kill(child, SIGKILL);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) return true;
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the sync failed";
  return false;
}

/// Runs `sql`, a sync, to its end and answers what it failed with. `*microseconds`: that it took.
std::string whole_sync(Database& host, const std::string& sql, int* microseconds) {
  const auto started = std::chrono::steady_clock::now();
  std::string error = host.error(sql);
  const auto took = std::chrono::steady_clock::now() - started;
  *microseconds = static_cast<int>(std::max<std::int64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count(), 1));
  return error;
}

/// What serves `primary` under `mutex`: the server may still answer a sync that was killed while
/// the primary commits. Both must outlive the server.
auto answers_of(FakePrimary& primary, std::mutex& mutex) {
  return [&](const HttpServer::Request& request, const HttpServer::Write& write) {
    std::unique_lock lock(mutex);
    const std::string answer = primary.answer(request);
    lock.unlock();
    return write(answer);
  };
}

TEST(HttpCrash, AtEachStepAndAtAnyInstant) {
  Pair pair;
  pair.replica.reset();
  FakePrimary primary(3);
  std::mutex primary_mutex;
  HttpServer server(answers_of(primary, primary_mutex));
  const std::string url = server.url("/app.db");
  std::mt19937 random(5);
  std::set<std::uint64_t> states{kChecksumFlag};
  const int rounds = std::getenv("EDGEPACK_LONG_TESTS") == nullptr ? 90 : 1500;
  int kills = 0;
  int whole = 30'000;  // microseconds of the last sync that was not killed
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    // Now and then a first sync, which goes another way.
    if (round % 6 == 0) {
      for (const char* suffix : {"", "-wal", "-shm", "-replica"}) {
        std::filesystem::remove(pair.replica_path + suffix);
      }
      const std::lock_guard lock(primary_mutex);
      primary = FakePrimary(3);
      states = {kChecksumFlag};
    }
    pair.primary->rows(
        "INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + "
        "1 FROM n WHERE i < 40) SELECT i, randomblob(3000) FROM n;"
        "DELETE FROM t WHERE id % 3 = " +
        std::to_string(round % 3) +
        "; INSERT INTO t(a) VALUES (1); PRAGMA wal_checkpoint(TRUNCATE)");
    {
      const std::lock_guard lock(primary_mutex);
      primary.commit(pair.primary_path);
    }
    const std::uint64_t newest = primary.newest().checksum;
    states.insert(newest);
    const bool by_step = round % 3 != 0;
    const auto step = static_cast<Step>(random() % static_cast<unsigned>(Step::kCount));
    kills += kill_a_sync(pair.replica_path, sync(url), by_step ? step : Step::kCount,
                         static_cast<int>(random() % static_cast<unsigned>(whole)))
                 ? 1
                 : 0;
    if (std::filesystem::exists(pair.replica_path)) {
      EXPECT_EQ(integrity(pair.replica_path), "ok");
      EXPECT_TRUE(states.contains(database_checksum(pair.replica_path)));
    }
    kill_a_sync(pair.replica_path, sync(url), Step::kCount, 1);
    Database host(register_replica, pair.replica_path);
    // Time enough for a build with sanitizers on a busy machine.
    const std::string patient = "SELECT replica_sync('" + url + R"(', '{"timeout_ms":120000}'))";
    EXPECT_EQ(whole_sync(host, patient, &whole), "");
    EXPECT_EQ(database_checksum(pair.replica_path), newest);
    if (HasFailure()) return;
  }
  EXPECT_GT(kills, rounds / 3);
}

TEST(HttpCrash, WhileTheReplicaIsRebuiltForPagesOfAnotherSize) {
  Pair pair;
  pair.replica.reset();
  pair.primary->rows(
      "INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
      "WHERE i < 40) SELECT i, randomblob(3000) FROM n; PRAGMA wal_checkpoint(TRUNCATE)");
  FakePrimary primary(3);
  primary.commit(pair.primary_path);
  std::mutex primary_mutex;
  HttpServer server(answers_of(primary, primary_mutex));
  const std::string url = server.url("/app.db");
  // SQLite lets only its lone user change the page size, so another database is open here.
  const std::string by_path = "SELECT replica_sync('" + url + "', '{\"repair\":true,\"path\":\"" +
                              pair.replica_path + "\",\"timeout_ms\":120000}')";
  EXPECT_EQ(Database(register_replica).error(by_path), "");
  std::mt19937 random(7);
  const int rounds = std::getenv("EDGEPACK_LONG_TESTS") == nullptr ? 24 : 500;
  int kills = 0;
  int whole = 30'000;  // microseconds of the last sync that was not killed
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    const std::string before = "SELECT count(*), sum(a), sum(length(b)) FROM t";
    const std::string content = pair.primary->row(before);
    pair.primary->rows(
        "PRAGMA journal_mode = DELETE; PRAGMA page_size = " + std::to_string(512 << round % 5) +
        "; VACUUM; PRAGMA journal_mode = WAL; INSERT INTO t(a) VALUES (1);"
        "PRAGMA wal_checkpoint(TRUNCATE)");
    {
      const std::lock_guard lock(primary_mutex);
      primary = FakePrimary(4 + static_cast<std::uint64_t>(round));
      primary.commit(pair.primary_path);
    }
    const bool by_step = round % 3 != 0;
    const auto step = static_cast<Step>(random() % static_cast<unsigned>(Step::kCount));
    kills += kill_a_sync("", by_path, by_step ? step : Step::kCount,
                         static_cast<int>(random() % static_cast<unsigned>(whole)))
                 ? 1
                 : 0;
    EXPECT_EQ(integrity(pair.replica_path), "ok");
    const std::string shown = Database(nullptr, pair.replica_path).row(before);
    EXPECT_TRUE(shown == content || shown == pair.primary->row(before)) << shown;
    Database host(register_replica);
    EXPECT_EQ(whole_sync(host, by_path, &whole), "");
    EXPECT_EQ(Database(nullptr, pair.replica_path).row(before), pair.primary->row(before));
    if (HasFailure()) return;
  }
  EXPECT_GT(kills, rounds / 4);
}

}  // namespace
}  // namespace edgepack::replica::testing
