// Work on several threads: each index once, and every way in which it can end early.

#include "vec/parallel.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace edgepack::vec {
namespace {

const auto kGoOn = [] {};

TEST(ForEachIndex, CallsForEachIndexOnce) {
  for (const std::size_t count : {0u, 1u, 2u, 7u, 1000u}) {
    for (const std::size_t threads : {1u, 2u, 3u, 8u}) {
      std::vector<std::atomic<int>> calls(count);
      for_each_index(
          count, threads,
          [&](std::size_t thread, std::size_t index) {
            EXPECT_LT(thread, threads);
            ++calls[index];
          },
          kGoOn);
      for (const auto& called : calls) ASSERT_EQ(called, 1);
    }
  }
}

TEST(ForEachIndex, UsesThatManyThreads) {
  const std::thread::id caller = std::this_thread::get_id();
  std::mutex mutex;
  std::set<std::thread::id> ids;
  std::atomic<std::size_t> arrived = 0;
  for_each_index(
      3, 3,
      [&](std::size_t thread, std::size_t) {
        EXPECT_EQ(thread == 0, std::this_thread::get_id() == caller);
        {
          const std::lock_guard lock(mutex);
          ids.insert(std::this_thread::get_id());
        }
        ++arrived;
        while (arrived < 3) std::this_thread::yield();
      },
      kGoOn);
  EXPECT_EQ(ids.size(), 3u);
}

TEST(ForEachIndex, StopsWhenTheCheckThrows) {
  std::atomic<std::size_t> done = 0;
  const auto work = [&](std::size_t, std::size_t) {
    ++done;
    std::this_thread::yield();
  };
  EXPECT_THROW(for_each_index(10000000, 3, work,
                              [&] {
                                if (done > 100) throw std::runtime_error("interrupted");
                              }),
               std::runtime_error);
  EXPECT_LT(done, 10000000u);
}

TEST(ForEachIndex, OutOfMemoryOnAnyThreadComesOut) {
  for (const std::size_t failing : {0u, 1u}) {
    std::atomic<std::size_t> done = 0;
    EXPECT_THROW(for_each_index(
                     10000000, 2,
                     [&](std::size_t thread, std::size_t) {
                       ++done;
                       if (thread == failing) throw std::bad_alloc();
                       std::this_thread::yield();
                     },
                     kGoOn),
                 std::bad_alloc);
    EXPECT_LT(done, 10000000u);
  }
}

TEST(ForEachIndex, DoesTheWorkWithoutThreads) {
  // Not root, and in a process of its own: the limit counts all threads of the user.
  const auto work_without_threads = [] {
    const rlimit limit{0, 0};
    if (setrlimit(RLIMIT_NPROC, &limit) != 0 || setuid(12345) != 0) _exit(2);
    std::size_t calls = 0;
    const auto work = [&](std::size_t thread, std::size_t) { calls += thread == 0 ? 1 : 100; };
    for_each_index(10, 8, work, kGoOn);
    _exit(calls == 10 ? 0 : 1);
  };
  if (getuid() != 0) GTEST_SKIP() << "only root can become a user without threads";
  EXPECT_EXIT(work_without_threads(), ::testing::ExitedWithCode(0), "");
}

TEST(ForEachIndex, ThreadsTakeNoSignals) {
  std::atomic<bool> blocked = true;
  for_each_index(
      2, 2,
      [&](std::size_t thread, std::size_t) {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        if (thread != 0) blocked = blocked && sigismember(&mask, SIGINT) == 1;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      },
      kGoOn);
  EXPECT_TRUE(blocked);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGINT), 0);
}

}  // namespace
}  // namespace edgepack::vec
