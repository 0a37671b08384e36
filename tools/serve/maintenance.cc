// The slow half of a Database: merging files, making snapshots, dropping what is too old.

#include <algorithm>
#include <filesystem>

#include "serve/database.h"
#include "serve/step.h"
#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

using namespace std::chrono_literals;

/// Files of one window of time become one file: how finely states can be restored.
struct Tier {
  std::chrono::milliseconds older_than;
  std::chrono::milliseconds window;
};
constexpr std::array kTiers{Tier{1h, 5min}, Tier{5min, 1min}, Tier{30s, 10s}};

/// A snapshot is made when the changes since the last are so many times as large, or are in so many
/// files.
constexpr std::uint64_t kMostChanges = 4;
constexpr std::uint64_t kMinChanges = 16 << 20;
constexpr std::size_t kMostFiles = 400;

std::int64_t window_of(std::int64_t timestamp, std::int64_t now) {
  for (const Tier& tier : kTiers) {
    const std::int64_t window = tier.window.count();
    // A whole window at a time, so that files are not merged again and again.
    if (now - (timestamp / window + 1) * window >= tier.older_than.count()) {
      return timestamp / window * 16 + (&tier - kTiers.data());
    }
  }
  return -1;
}

/// The first files that lie in one window.
std::vector<Segment> find_window(const std::vector<Segment>& files, std::int64_t now) {
  std::vector<Segment> found;
  std::int64_t window = -1;
  for (const Segment& file : files) {
    const std::int64_t own = window_of(file.header.timestamp, now);
    if (own != window || own == -1) {
      if (found.size() > 1) break;
      found.clear();
      window = own;
    }
    if (own != -1) found.push_back(file);
  }
  if (found.size() < 2) found.clear();
  return found;
}

/// Not while the database is locked: the disk may take its time for it.
void remove(const History::Unused& files) {
  for (const std::string& file : files) remove_file(file);
  if (!files.empty()) reached(Step::kRemoveFiles);
}

}  // namespace

void Database::maintain() {
  {
    const std::lock_guard guard(mutex_);
    if (history_ == nullptr || !history_->begun()) return;
    if (maintained_ == history_->state().position && Clock::now() - maintained_at_ < 30s) return;
    maintained_ = history_->state().position;
    maintained_at_ = Clock::now();
  }
  while (merge_files()) {
  }
  make_snapshot();
  drop_old();
}

bool Database::merge_files() {
  std::vector<Segment> segments;
  std::uint64_t log = 0;
  {
    const std::lock_guard guard(mutex_);
    log = history_->state().position.log;
    segments = find_window(history_->files(), now_ms());
    for (Segment& segment : segments) pin(segment);
  }
  if (segments.empty()) return false;
  merge(segments, log);
  return true;
}

void Database::make_snapshot() {
  std::vector<Segment> segments;
  std::uint64_t log = 0;
  {
    const std::lock_guard guard(mutex_);
    log = history_->state().position.log;
    const Segment& last = history_->snapshot();
    std::uint64_t bytes = 0;
    std::size_t files = 0;
    std::uint64_t newest = 0;
    for (const Segment& file : history_->files()) {
      if (file.max() <= last.max()) continue;
      bytes += file.size;
      newest = file.max();
      ++files;
    }
    if (bytes < std::max(kMinChanges, kMostChanges * last.size) && files < kMostFiles) return;
    segments = past_locked(log, newest, INT64_MAX).segments;
  }
  merge(segments, log);
}

void Database::merge(const std::vector<Segment>& segments, std::uint64_t log) {
  replica::LtxMerge merge = open_merge(segments);
  Spool spool(merge.header(), folder_ + "/merged.tmp");
  Segment merged = copy(merge, spool, segments.back().post_checksum);
  spool.move_to(merged, folder_ + '/' + to_hex(log));
  History::Unused unused;
  {
    const std::lock_guard guard(mutex_);
    if (history_->state().position.log == log) unused = history_->replace(merged);
    publish(false);
  }
  remove(unused);
}

void Database::drop_old() {
  std::unique_lock guard(mutex_);
  const std::int64_t oldest = now_ms() - retention_.age.count();
  const std::vector<Segment>& snapshots = history_->snapshots();
  // The newest snapshot that is older than all that is to be kept is where restoring begins.
  std::size_t first = 0;
  while (first + 1 < snapshots.size() && snapshots[first + 1].header.timestamp <= oldest) ++first;
  std::uint64_t bytes = history_->bytes_on_disk();
  for (std::size_t i = 0; i < first; ++i) bytes -= snapshots[i].size;
  while (bytes > retention_.bytes && first + 1 < snapshots.size()) {
    bytes -= snapshots[first].size;
    for (const Segment& file : history_->files()) {
      if (file.max() > snapshots[first].max() && file.max() <= snapshots[first + 1].max()) {
        bytes -= file.size;
      }
    }
    ++first;
  }
  history_->drop_old_logs(oldest);
  if (first == 0) return;
  const History::Unused unused = history_->drop_before(first);
  publish(false);
  guard.unlock();
  remove(unused);
}

}  // namespace edgepack::serve
