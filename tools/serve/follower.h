#pragma once
// Notices changes of databases as the system reports them, and has them followed.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "serve/database.h"

namespace edgepack::serve {

/// A few threads for any number of databases. The system reports names that come and go in their
/// folders and writes to their files (inotify); where it does not (network file systems), each
/// database is looked at every few seconds. A report costs the writer time, so writes to a busy
/// database, which is looked at all the time, are not reported. Any thread.
class Follower {
 public:
  Follower();
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void add(std::shared_ptr<Database> database);
  /// Forgets it; somebody else may still use it.
  void remove(const Database& database);
  /// Called when files appear in or vanish from a watched folder. Set before the first add().
  std::function<void()> on_folder_change;
  /// Watches a folder without a database in it.
  void watch(const std::string& folder);

  /// Ends all threads; what they were at is finished.
  void stop();

 private:
  struct Entry {
    std::shared_ptr<Database> database;
    Clock::time_point due;
    Clock::time_point last_event{};
    Clock::duration pause{};
    std::vector<int> write_watches;  // of its files; none while it is busy
    int changes_in_a_row = 0;        // found by so many looks
    bool busy = false;
    bool running = false;
    bool again = false;    // an event came while it was running
    bool removed = false;  // goes when it is no longer running
  };
  using Queue = std::set<std::pair<Clock::time_point, Entry*>>;

  void watch_events();
  void work();
  void look_at(Entry& entry, std::unique_lock<std::mutex>& guard);
  void maintain();
  void handle_name(int watch, const std::string& name);
  void handle_event(Entry& entry);
  void watch_writes(Entry& entry);
  void ignore_writes(Entry& entry);
  Clock::duration pause_after(Entry& entry, bool changed, bool failed);
  void schedule(Entry& entry, Clock::time_point due);
  void settle(Database& database);

  int notify_ = -1;
  int wake_ = -1;
  std::mutex mutex_;
  // One thread waits until the first of the queue is due; the others until there is none that does,
  // so that a look does not wake them all.
  std::condition_variable first_due_;
  std::condition_variable free_;
  bool somebody_waits_ = false;
  std::condition_variable end_;
  bool stopping_ = false;
  std::atomic<bool> memory_was_freed_ = false;
  std::map<std::string, int> watches_;                     // by folder
  std::map<std::pair<int, std::string>, Entry*> by_file_;  // by watch and name
  std::map<int, Entry*> by_write_watch_;
  std::vector<std::unique_ptr<Entry>> entries_;
  Queue queue_;
  std::vector<std::thread> threads_;
};

}  // namespace edgepack::serve
