#include "serve/connection_threads.h"

#include <chrono>
#include <pthread.h>
#include <utility>

namespace edgepack::serve {
namespace {

constexpr auto kIdleThread = std::chrono::seconds(10);
constexpr std::size_t kStackSize = 512 * 1024;

}  // namespace

void ConnectionThreads::enqueue(std::function<void()> connection) {
  const std::lock_guard guard(mutex_);
  ++open_;
  connections_.push_back(std::move(connection));
  if (idle_ >= connections_.size() || threads_ == most_) {
    news_.notify_one();
    return;
  }
  // std::thread cannot be given a smaller stack than the 8 MiB that the system hands out.
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  const auto run = [](void* self) -> void* {
    static_cast<ConnectionThreads*>(self)->work();
    return nullptr;
  };
  // Without a new thread the connection waits for one of the others.
  if (pthread_create(&thread, &attributes, run, this) == 0) ++threads_;
  pthread_attr_destroy(&attributes);
}

void ConnectionThreads::work() {
  std::unique_lock guard(mutex_);
  for (;;) {
    ++idle_;
    const bool woken =
        news_.wait_for(guard, kIdleThread, [this] { return stopping_ || !connections_.empty(); });
    --idle_;
    if (!woken || connections_.empty()) break;
    const std::function<void()> connection = std::move(connections_.front());
    connections_.pop_front();
    guard.unlock();
    connection();
    --open_;
    guard.lock();
  }
  --threads_;
  ended_.notify_all();
}

void ConnectionThreads::shutdown() {
  std::unique_lock guard(mutex_);
  stopping_ = true;
  news_.notify_all();
  ended_.wait(guard, [this] { return threads_ == 0; });
}

}  // namespace edgepack::serve
