// What a served database does while the disk is at work, slow or full.

#include <atomic>
#include <future>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "serve/step.h"
#include "serve/testing/served.h"
#include "sqlite/error.h"

namespace edgepack::serve::testing {
namespace {

/// The application, for a step of the server in the same thread.
Database* stepping = nullptr;
std::atomic<int> steps = 0;

// A writer whose log cannot be started anew lets it grow, and checkpoints after each commit.
TEST_F(Served, NobodyReadsTheDatabaseWhileTheDiskIsAtWork) {
  expect_current();
  stepping = application.get();
  on_step = [](Step step) {
    if (step != Step::kSyncFile) return;
    ++steps;
    EXPECT_EQ(stepping->rows("PRAGMA wal_checkpoint(RESTART)").front().front(), '0');
  };
  for (const std::string& change : {fill(5000), fill(40000)}) {
    steps = 0;
    application->rows("PRAGMA wal_autocheckpoint = 0; " + change);
    served->follow();
    served->stop();
    EXPECT_GT(steps, 0);
  }
  on_step = nullptr;
  start();
  expect_current();
}

TEST_F(Served, WhatIsCommittedWhileItWaitsForTheDiskIsNotMissed) {
  expect_current();
  stepping = application.get();
  on_step = [](Step step) {
    if (step != Step::kSyncFile || ++steps > 1) return;
    for (int i = 0; i < 50; ++i) {
      stepping->rows("UPDATE t SET b = randomblob(300) WHERE id % 999 = " + std::to_string(i));
    }
  };
  const std::string missed = "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 1";
  for (const std::string& change : {kFillMuch, missed}) {
    application->rows("PRAGMA wal_autocheckpoint = 0; " + change);
    if (change == missed) start();
    application->rows("PRAGMA wal_autocheckpoint = 100");
    steps = 0;
    served->follow();
    EXPECT_GT(steps, 0);
    const std::uint64_t compared = served->info().compared;
    EXPECT_EQ(compared, change == missed);
    // The log may be begun anew from here on.
    application->rows("UPDATE t SET a = 1 WHERE id = 1");
    served->follow();
    EXPECT_EQ(served->info().compared, compared);
  }
  on_step = nullptr;
  expect_current();
}

/// Where a thread of the server stands until it is told to go on.
std::promise<void> arrived;
std::promise<void> released;

TEST_F(Served, TheDiskIsWaitedForWhenMemoryIsFull) {
  expect_current();
  application->rows("PRAGMA synchronous = OFF");
  std::promise<void> is_full;
  steps = 0;
  on_step = [](Step step) {
    if (step != Step::kSyncFile || ++steps > 1) return;
    arrived.set_value();
    released.get_future().wait();
  };
  application->rows(fill(90000));  // a little less than goes to disk at once
  served->follow();
  std::thread flushing([this] {
    while (!served->must_settle()) std::this_thread::yield();
    served->settle();
  });
  arrived.get_future().wait();
  std::thread following([this, &is_full] {
    for (int i = 0; i < 4; ++i) {
      application->rows(fill(90000));
      if (i == 1) is_full.set_value();
      served->follow();
    }
  });
  is_full.get_future().wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  released.set_value();
  following.join();
  flushing.join();
  on_step = nullptr;
  expect_current();
  stop_and_start();
  expect_current();
}

// The limit of the system on the size of files stands for a full disk, in a process of its own.
TEST_F(Served, AFullDiskIsWaitedOut) {
  expect_current();
  served->stop();
  served.reset();
  application.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    start();
    served->follow();
    const Position before = served->info().position;
    Database writer(nullptr, path);
    writer.rows(kFillMuch);
    const auto limit = [](rlim_t bytes) {
      const rlimit limits{bytes, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &limits);
    };
    limit(100000);
    for (int i = 0; i < 3; ++i) {
      try {
        served->follow();
        ::_exit(1);
      } catch (const sqlite::Error&) {
      }
      if (served->info().position != before || served->info().error.empty()) ::_exit(2);
    }
    limit(RLIM_INFINITY);
    served->follow();
    const bool good = served->info().error.empty() &&
                      served->info().position.txid == before.txid + 1 &&
                      served->info().position.checksum == database_checksum(path);
    ::_exit(good ? 0 : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  application = std::make_unique<Database>(nullptr, path);
  start();
  expect_current();
}

}  // namespace
}  // namespace edgepack::serve::testing
