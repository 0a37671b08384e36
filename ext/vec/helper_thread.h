#pragma once
// A thread that helps the one that answers a query, and ends with it.

#include <csignal>
#include <functional>
#include <thread>

namespace edgepack::vec {

/// While it lives, the calling thread takes no signals; threads that it starts inherit this: the
/// host's handlers run on the host's threads alone.
class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

/// A thread without signals, for the caller to join. Not joinable where the system allows no more
/// threads, or has no memory for one: who asks for help can do without it.
std::thread start_helper(const std::function<void()>& run) noexcept;

}  // namespace edgepack::vec
