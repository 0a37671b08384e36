#pragma once
// A thread for each open connection.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <httplib.h>
#include <mutex>
#include <thread>
#include <vector>

namespace edgepack::serve {

/// Threads are made when all others are busy and go when they were idle for a while, so that a few
/// hundred waiting replicas are no reason to keep a few hundred threads for ever. Any thread.
class ConnectionThreads : public httplib::TaskQueue {
 public:
  /// More than `most` connections wait for one of the others to end. `open` counts those that have
  /// a thread or wait for one.
  ConnectionThreads(std::size_t most, std::atomic<std::size_t>& open) : most_(most), open_(open) {}
  ~ConnectionThreads() override { shutdown(); }

  void enqueue(std::function<void()> connection) override;
  void shutdown() override;

 private:
  void work();

  const std::size_t most_;
  std::atomic<std::size_t>& open_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::condition_variable ended_;
  std::deque<std::function<void()>> connections_;
  std::size_t threads_ = 0;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace edgepack::serve
