#include "vec/parallel.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <thread>
#include <vector>

#include "vec/helper_thread.h"

namespace edgepack::vec {
namespace {

/// 0 until a number was set.
std::atomic<std::size_t> configured = 0;

/// Work between two calls of check(): long enough to make them cheap.
constexpr std::size_t kIndexesBetweenChecks = 4;

/// Threads beside the caller's. However it is left, they are told to stop and waited for.
class Helpers {
 public:
  Helpers(std::size_t count, std::atomic<bool>& stop, const std::function<void(std::size_t)>& run)
      : stop_(stop) {
    if (count == 0) return;
    threads_.reserve(count);
    for (std::size_t thread = 1; thread <= count; ++thread) {
      std::thread helper = start_helper([&run, thread] { run(thread); });
      // The limit of threads is reached: those that there are do the work.
      if (!helper.joinable()) return;
      threads_.push_back(std::move(helper));
    }
  }
  ~Helpers() {
    stop_ = true;
    join();
  }
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;

  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::atomic<bool>& stop_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::size_t threads() noexcept {
  const std::size_t count = configured;
  if (count != 0) return count;
  // Asking the system takes several microseconds.
  static const std::size_t cores =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  return cores;
}

void set_threads(std::size_t count) noexcept { configured = std::min(count, kMostThreads); }

void for_each_index(std::size_t count, std::size_t threads,
                    const std::function<void(std::size_t, std::size_t)>& work,
                    const std::function<void()>& check) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stop = false;
  std::atomic<bool> out_of_memory = false;
  const std::function<void(std::size_t)> run = [&](std::size_t thread) {
    try {
      while (!stop) {
        const std::size_t index = next++;
        if (index >= count) return;
        work(thread, index);
      }
    } catch (...) {
      out_of_memory = true;
      stop = true;
    }
  };
  Helpers helpers(count == 0 ? 0 : std::min(threads, count) - 1, stop, run);
  for (std::size_t done = 0; !stop; ++done) {
    const std::size_t index = next++;
    if (index >= count) break;
    if (done % kIndexesBetweenChecks == 0) check();
    work(0, index);
  }
  helpers.join();
  if (out_of_memory) throw std::bad_alloc();
}

}  // namespace edgepack::vec
