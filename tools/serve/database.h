#pragma once
// One served database: its file, its log, and those who wait for it.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "serve/history.h"
#include "serve/primary.h"

namespace edgepack::serve {

using Clock = std::chrono::steady_clock;

/// How long and how much of the past is kept.
struct Retention {
  std::chrono::milliseconds age = std::chrono::hours(24);
  std::uint64_t bytes = std::uint64_t{10}
                        << 30;  // at most, as long as it is more than one snapshot
};

/// What is known of a database without asking its file.
struct Info {
  bool ready = false;  // it has a position
  std::string error;   // why it cannot be followed now; empty: it can
  Position position;
  std::int64_t timestamp = 0;
  std::uint32_t page_size = 0;
  std::uint32_t page_count = 0;
  std::string journal_mode;
  std::uint64_t bytes_on_disk = 0;
  std::int64_t oldest_timestamp = 0;  // of the states that can be restored
  Position oldest;
  std::size_t files = 0;
  std::uint64_t commits = 0;   // states added since the server was started
  std::uint64_t compared = 0;  // of these found by comparing pages
};

/// Any thread.
class Database {
 public:
  /// `folder`: of its log. Reads nothing yet.
  Database(std::string name, const std::string& path, std::string folder, Retention retention);

  const std::string& name() const noexcept { return name_; }
  const std::string& path() const noexcept { return path_; }

  /// Brings the log up to the file's newest state. Answers whether that was new. Throws
  /// sqlite::Error, which info() tells from then on until it works again.
  bool follow();
  /// Whether settle() has something to do.
  bool must_settle();
  /// Makes durable what is in memory for long enough, which blocks nobody else, and closes what is
  /// idle. Answers whether it closed something. Throws sqlite::Error.
  bool settle();
  /// Before the server ends: all is durable.
  void stop() noexcept;

  Info info() const;
  /// Whether the newest state is so young that the next look is soon: whoever has that state and
  /// wants the next better waits for it, and gets several commits at once.
  bool changes_often() const;
  /// Waits until the newest state is another than `position`, or `until`, or interrupt_waiters().
  void wait(const Position& position, Clock::time_point until);
  void interrupt_waiters();
  std::size_t waiters() const noexcept { return waiters_; }

  /// The newest state. As it is told, it stays one that can be asked for until files are merged.
  /// The database must have been followed.
  State newest();
  /// What is in the log, as in History, and the newest state. The database must have been followed.
  Range changes(const Position& after, std::uint64_t max_bytes, State& newest);
  /// The newest snapshot that is ready, or the one with `txid`.
  Segment snapshot(std::optional<std::uint64_t> txid = {});
  /// Segments that make the newest state.
  std::vector<Segment> whole(State& newest);
  /// A state of the past.
  struct Past {
    std::uint64_t log = 0;
    std::vector<Segment> segments;  // that make it; empty if it is not kept
  };
  /// The newest state that is not behind `bookmark`, or not younger than `timestamp`, which may be
  /// of an earlier log.
  Past past_at(const Position& bookmark);
  Past past_at(std::int64_t timestamp);

  /// Merges files, makes snapshots, drops what is too old. Long, but others are not blocked. Throws
  /// sqlite::Error.
  void maintain();

 private:
  void require_history() const;
  bool follow_locked();
  bool is_flush_due() const;
  bool is_idle() const;
  void flush(std::unique_lock<std::mutex>& guard);
  Past past_locked(std::uint64_t log, std::uint64_t max_txid, std::int64_t max_timestamp);
  void publish(bool changed);
  void set_error(const std::string& error);
  bool merge_files();
  void merge(const std::vector<Segment>& segments, std::uint64_t log);
  void make_snapshot();
  void drop_old();

  const std::string name_;
  const std::string path_;
  const std::string folder_;
  const Retention retention_;

  mutable std::mutex mutex_;  // of the next ones
  std::unique_ptr<History> history_;
  Primary primary_;
  Clock::time_point changed_ = Clock::now();
  Clock::time_point unflushed_since_{};
  Clock::duration flush_after_;
  bool flushing_ = false;
  std::condition_variable flushed_;
  Position maintained_;
  Clock::time_point maintained_at_{};

  mutable std::mutex info_mutex_;  // of the next ones; never held for long
  std::condition_variable news_;
  Info info_;
  Clock::time_point news_at_{};
  std::uint64_t interrupts_ = 0;
  std::atomic<std::size_t> waiters_ = 0;
};

}  // namespace edgepack::serve
