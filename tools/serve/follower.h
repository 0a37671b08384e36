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

/// A few threads for any number of databases. Folders are watched with inotify; where that does not
/// report (network file systems), each database is looked at every few seconds. Any thread.
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
    bool running = false;
    bool again = false;    // an event came while it was running
    bool removed = false;  // goes when it is no longer running
  };
  using Queue = std::set<std::pair<Clock::time_point, Entry*>>;

  void watch_events();
  void work();
  void maintain();
  void handle_event(int watch, const std::string& name);
  void schedule(Entry& entry, Clock::time_point due);
  bool follow(Entry& entry);

  int notify_ = -1;
  int wake_ = -1;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable end_;
  bool stopping_ = false;
  std::atomic<bool> memory_was_freed_ = false;
  std::map<std::string, int> watches_;                     // by folder
  std::map<std::pair<int, std::string>, Entry*> by_file_;  // by watch and name
  std::vector<std::unique_ptr<Entry>> entries_;
  Queue queue_;
  std::vector<std::thread> threads_;
};

}  // namespace edgepack::serve
