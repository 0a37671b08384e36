#include "serve/follower.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "serve/file.h"
#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

using namespace std::chrono_literals;

constexpr int kWorkers = 2;
/// Between two looks at a database that changes all the time; longer while nobody waits for it, but
/// short enough to see all of a log before SQLite restarts it.
constexpr auto kPauseWithWaiters = 2ms;
constexpr auto kPauseWithout = 5ms;
/// The system reports a write to the log before the commit can be seen: look again for so long.
constexpr auto kLookAgainFor = 200ms;
constexpr auto kLongestPause = 16ms;
/// Without any report.
constexpr auto kActivePause = 250ms;
constexpr auto kIdlePause = 5s;
constexpr auto kActiveFor = 10s;
constexpr auto kErrorPause = 1s;
constexpr auto kMaintainEvery = 1s;
constexpr std::uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
/// A database that so many looks in a row found changed is busy, until so long after the last.
constexpr int kBusyAfter = 4;
constexpr auto kBusyFor = 200ms;
constexpr std::array kLogs{"-wal", "-journal"};

/// The database that a file belongs to.
std::string database_of(const std::string& name) {
  for (const std::string suffix : kLogs) {
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return name;
}

}  // namespace

Follower::Follower() {
  notify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  if (notify_ < 0 || wake_ < 0) fail("inotify", "cannot be used");
  threads_.emplace_back([this] { watch_events(); });
  for (int i = 0; i < kWorkers; ++i) threads_.emplace_back([this] { work(); });
  threads_.emplace_back([this] { maintain(); });
}

Follower::~Follower() {
  stop();
  ::close(notify_);
  ::close(wake_);
}

void Follower::stop() {
  {
    const std::lock_guard guard(mutex_);
    if (stopping_) return;
    stopping_ = true;
    free_.notify_all();
    first_due_.notify_all();
    end_.notify_all();
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
  for (std::thread& thread : threads_) thread.join();
}

void Follower::watch(const std::string& folder) {
  const std::lock_guard guard(mutex_);
  if (watches_.contains(folder)) return;
  // Without a watch the database is still looked at every few seconds.
  const int watch = ::inotify_add_watch(notify_, folder.c_str(), kNames);
  if (watch >= 0) watches_[folder] = watch;
}

void Follower::add(std::shared_ptr<Database> database) {
  const std::filesystem::path path = std::filesystem::absolute(database->path());
  watch(path.parent_path());
  const std::lock_guard guard(mutex_);
  entries_.push_back(std::make_unique<Entry>());
  Entry& entry = *entries_.back();
  entry.database = std::move(database);
  if (const auto watch = watches_.find(path.parent_path()); watch != watches_.end()) {
    by_file_[{watch->second, path.filename()}] = &entry;
  }
  watch_writes(entry);
  schedule(entry, Clock::now());
}

void Follower::watch_writes(Entry& entry) {
  ignore_writes(entry);
  const std::string& path = entry.database->path();
  for (const std::string& file : {path, path + kLogs[0], path + kLogs[1]}) {
    const int watch = ::inotify_add_watch(notify_, file.c_str(), IN_MODIFY);
    if (watch < 0) continue;
    entry.write_watches.push_back(watch);
    by_write_watch_[watch] = &entry;
  }
}

void Follower::ignore_writes(Entry& entry) {
  for (const int watch : entry.write_watches) {
    ::inotify_rm_watch(notify_, watch);
    by_write_watch_.erase(watch);
  }
  entry.write_watches.clear();
}

void Follower::schedule(Entry& entry, Clock::time_point due) {
  queue_.erase({entry.due, &entry});
  entry.due = due;
  queue_.insert({due, &entry});
  if (!somebody_waits_) {
    free_.notify_one();
  } else if (queue_.begin()->second == &entry) {
    first_due_.notify_one();
  }
}

void Follower::handle_name(int watch, const std::string& name) {
  const auto found = by_file_.find({watch, database_of(name)});
  if (found == by_file_.end()) return;
  Entry& entry = *found->second;
  if (!entry.busy) watch_writes(entry);
  handle_event(entry);
}

void Follower::handle_event(Entry& entry) {
  entry.last_event = Clock::now();
  if (entry.running) {
    entry.again = true;
  } else if (entry.due > entry.last_event + kPauseWithout) {
    schedule(entry, entry.last_event);
  }
}

void Follower::watch_events() {
  alignas(inotify_event) std::array<char, 16 * (sizeof(inotify_event) + NAME_MAX + 1)> buffer;
  std::array<pollfd, 2> waits{pollfd{notify_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
  for (;;) {
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    bool folders_changed = false;
    {
      const std::lock_guard guard(mutex_);
      if (stopping_) return;
      const ssize_t count = ::read(notify_, buffer.data(), buffer.size());
      for (ssize_t at = 0; at < count;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        at += static_cast<ssize_t>(sizeof *event + event->len);
        if (event->len > 0) {
          handle_name(event->wd, event->name);
          folders_changed = true;
        } else if (const auto entry = by_write_watch_.find(event->wd);
                   entry != by_write_watch_.end() && (event->mask & IN_MODIFY) != 0) {
          handle_event(*entry->second);
        }
      }
    }
    if (folders_changed && on_folder_change != nullptr) on_folder_change();
  }
}

/// While the disk is at work another thread can look at the database.
void Follower::settle(Database& database) {
  try {
    if (database.settle()) memory_was_freed_ = true;
  } catch (const std::exception&) {
    // info() tells; tried again next time
  }
}

void Follower::remove(const Database& database) {
  const std::lock_guard guard(mutex_);
  const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const auto& each) {
    return each->database.get() == &database;
  });
  if (entry == entries_.end()) return;
  std::erase_if(by_file_, [&](const auto& file) { return file.second == entry->get(); });
  ignore_writes(**entry);
  queue_.erase({(*entry)->due, entry->get()});
  (*entry)->removed = true;
  if (!(*entry)->running) entries_.erase(entry);
}

void Follower::work() {
  std::unique_lock guard(mutex_);
  while (!stopping_) {
    if (queue_.empty() || somebody_waits_) {
      free_.wait(guard);
      continue;
    }
    Entry& entry = *queue_.begin()->second;
    if (entry.due > Clock::now()) {
      const auto due = entry.due;  // the entry may be removed meanwhile
      somebody_waits_ = true;
      first_due_.wait_until(guard, due);
      somebody_waits_ = false;
      continue;
    }
    queue_.erase(queue_.begin());
    if (!queue_.empty()) free_.notify_one();
    look_at(entry, guard);
  }
}

void Follower::look_at(Entry& entry, std::unique_lock<std::mutex>& guard) {
  entry.running = true;
  entry.again = false;
  guard.unlock();
  bool changed = false;
  bool failed = false;
  try {
    changed = entry.database->follow();
  } catch (const std::exception&) {
    failed = true;  // info() tells
  }
  guard.lock();
  entry.running = false;
  if (entry.removed) {
    std::erase_if(entries_, [&entry](const auto& each) { return each.get() == &entry; });
    return;
  }
  entry.pause = pause_after(entry, changed, failed);
  entry.due = Clock::now() + entry.pause;
  queue_.insert({entry.due, &entry});
  if (failed || !entry.database->must_settle()) return;
  const std::shared_ptr<Database> database = entry.database;
  free_.notify_one();
  guard.unlock();
  settle(*database);
  guard.lock();
}

Clock::duration Follower::pause_after(Entry& entry, bool changed, bool failed) {
  const auto now = Clock::now();
  const auto shortest = entry.database->waiters() > 0 ? kPauseWithWaiters : kPauseWithout;
  if (changed) entry.last_event = now;
  entry.changes_in_a_row = changed ? entry.changes_in_a_row + 1 : 0;
  if (!entry.busy && entry.changes_in_a_row == kBusyAfter) {
    entry.busy = true;
    ignore_writes(entry);
  } else if (entry.busy && now - entry.last_event >= kBusyFor) {
    entry.busy = false;
    watch_writes(entry);
    return {};  // what was written before the watch was back is not reported
  }
  if (failed) return kErrorPause;
  if (changed || entry.again) return shortest;
  if (now - entry.last_event < kLookAgainFor) {
    return std::clamp<Clock::duration>(entry.pause * 2, shortest, kLongestPause);
  }
  return now - entry.last_event < kActiveFor ? Clock::duration(kActivePause)
                                             : Clock::duration(kIdlePause);
}

void Follower::maintain() {
  std::unique_lock guard(mutex_);
  while (!stopping_) {
    end_.wait_for(guard, kMaintainEvery, [this] { return stopping_; });
    if (stopping_) return;
    std::vector<std::shared_ptr<Database>> databases;
    databases.reserve(entries_.size());
    for (const auto& entry : entries_) databases.push_back(entry->database);
    guard.unlock();
    for (const auto& database : databases) {
      try {
        database->maintain();
      } catch (const std::exception&) {
        // info() tells; tried again next time
      }
    }
    // The allocator keeps what many connections needed at the same time.
    if (memory_was_freed_.exchange(false)) ::malloc_trim(0);
    guard.lock();
  }
}

}  // namespace edgepack::serve
