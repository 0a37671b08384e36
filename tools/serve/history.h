#pragma once
// The log of one database: what it was after each transaction, on disk and the newest in memory.
// Files, and the order of steps: docs/serve-format.md.

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "serve/page_checksums.h"
#include "serve/segment.h"
#include "serve/state_file.h"

namespace edgepack::serve {

/// What a position is to a log.
enum class Standing {
  kCurrent,     // it is the newest
  kBehind,      // there are changes
  kOtherLog,    // of another history
  kAhead,       // still to come
  kOtherState,  // its id belongs to another state
  kGone,        // it was in the log, but that is cut off or merged away there
};

/// Segments that lead from one state to another.
struct Range {
  Standing standing = Standing::kCurrent;
  std::vector<Segment> segments;  // kBehind only
};

/// Where a new state's pages are.
struct Pages {
  /// The next page that may differ from the state before, ascending; false at the end.
  std::function<bool(std::uint32_t&)> next;
  std::function<void(std::uint32_t, std::span<std::byte>)> read;
  /// They were found by comparing, not in a log: those that do not differ are left out. Otherwise
  /// all are kept, so that the change set fits every state that it passes over.
  bool compared = false;
};

/// One log in a folder. Not for several threads at once. Everything throws sqlite::Error; nothing
/// of the log is changed then.
class History {
 public:
  /// Reads what is in `folder`, which is made if it is missing and locked while this lives.
  explicit History(std::string folder);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// False: there is no log yet, or what is there is of no use.
  bool begun() const noexcept { return state_.has_value(); }
  /// The newest state.
  const State& state() const noexcept { return *state_; }
  /// True: the system went down in the middle of the log, so ids may have been used that it does
  /// not have. The next state has to jump.
  bool must_jump() const noexcept { return must_jump_; }

  /// Begins a new log with a snapshot of all pages. `state` comes without log, id and checksum.
  void begin(State state, const Pages& pages);
  /// Adds the state after the newest: `state` comes with its id, without log and checksum. If pages
  /// were compared it is on disk when this returns; otherwise flush() is due some time. Answers
  /// false if there is no page and nothing to jump over: then nothing was added, and `state` is
  /// only another way to find the newest state in the file.
  bool append(State state, const Pages& pages);
  /// What is in memory only becomes durable. `clean`: the server is stopping.
  void flush(bool clean = false);
  /// The same in three parts, because the second waits for the disk. It may run in another thread
  /// while this object is used; the others are calls like any other. If something else was made
  /// durable meanwhile, the flush comes to nothing.
  struct Flush;
  Flush begin_flush();
  void write(Flush& flush);
  void end_flush(const Flush& flush);
  bool needs_flush() const noexcept { return flushed_ != state_->position.txid || dirty_; }
  std::size_t memory() const noexcept { return memory_ + (open_ ? open_->size() : 0); }

  /// Makes the newest state one that changes end at. Others are passed over unless they are asked
  /// for at once.
  void seal();
  /// What leads from `after` to a newer state, no more than about `max_bytes`.
  Range changes(const Position& after, std::uint64_t max_bytes);
  /// The newest snapshot on disk.
  const Segment& snapshot() const noexcept { return snapshots_.back(); }
  /// All snapshots of this log, oldest first.
  const std::vector<Segment>& snapshots() const noexcept { return snapshots_; }
  /// The changes on disk, oldest first.
  const std::vector<Segment>& files() const noexcept { return files_; }
  /// A snapshot and changes that make the newest state of those with at most this id and this age;
  /// empty if none is kept.
  std::vector<Segment> past(std::uint64_t max_txid, std::int64_t max_timestamp);
  /// The same of an earlier log in the folder.
  std::vector<Segment> past_of(std::uint64_t log, std::uint64_t max_txid,
                               std::int64_t max_timestamp) const;
  /// All logs in the folder, this one too, newest first.
  std::vector<std::uint64_t> logs() const;

  /// Files that are no longer of the log, and are to be removed.
  using Unused = std::vector<std::string>;
  /// Puts `merged`, a file in the folder of the log, in the place of files that it covers, or adds
  /// it as a snapshot.
  Unused replace(const Segment& merged);
  /// Drops everything on disk that is older than the snapshot number `first`.
  Unused drop_before(std::size_t first);
  /// Removes logs before this one whose last change is older.
  void drop_old_logs(std::int64_t timestamp);
  /// Frees the segments in memory that are on disk as well.
  void forget_memory() { trim_memory(0); }
  /// Closes what can be opened again.
  void close() noexcept { checksums_.reset(); }

  const std::string& folder() const noexcept { return folder_; }
  std::string log_folder() const { return folder_ + '/' + to_hex(state_->position.log); }
  std::uint64_t bytes_on_disk() const noexcept;

 private:
  using Checksums = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

  void lock();
  void load();
  void load_files(const State& state);
  void make_checksums(const State& state);
  PageChecksums& checksums();
  std::uint64_t checksum_of(std::uint32_t page);
  void refresh(const State& state);
  Flush describe_flush(bool clean) const;
  void write_to_disk(Flush& flush);
  void write_state(const State& state);
  void write_newest(bool clean);
  void announce_new_log();
  void write_checksums(const Checksums& sums, std::uint32_t pages);
  void trim_memory(std::size_t most);
  std::string temporary() const { return folder_ + "/changes.tmp"; }

  std::string folder_;
  std::optional<File> lock_;
  std::mutex disk_mutex_;  // of the next two, but for announcing
  StateFile state_file_;
  std::uint64_t generation_ = 0;  // how often the state was written
  BootId boot_ = boot_id();
  std::optional<State> state_;
  std::unique_ptr<PageChecksums> checksums_;
  // Of pages that changed since the last flush; beyond that `checksums_` is right.
  std::unordered_map<std::uint32_t, std::uint64_t> new_checksums_;
  std::vector<Segment> snapshots_;
  std::vector<Segment> files_;
  std::deque<Segment> recent_;  // in memory; the older ones are on disk as well
  // The newest changes, which nobody was handed yet: they grow as long as nobody asks.
  std::shared_ptr<ChangeSet> open_;
  std::size_t memory_ = 0;     // of recent_
  std::uint64_t flushed_ = 0;  // the newest id on disk
  bool dirty_ = false;         // the marks on disk are older than the newest
  bool must_jump_ = false;
  bool clean_on_disk_ = false;
  std::array<std::uint32_t, 2> told_salt_{};  // of SQLite's log, in the newest state on disk
};

/// What is to become durable, and what has.
struct History::Flush {
  std::vector<Segment> pending;
  State state;
  Checksums sums;
  std::string log_folder;
  std::uint64_t generation = 0;
  std::optional<Segment> file;
};

}  // namespace edgepack::serve
