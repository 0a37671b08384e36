#pragma once
// The served database file: whether it changed, and what changed, read under SQLite's own locks.

#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>

#include "replica/snapshot.h"
#include "serve/history.h"

namespace edgepack::serve {

/// Follows one file. The connection is private, is in a transaction only inside read(), and never
/// checkpoints. One thread at a time. Everything throws sqlite::Error.
class Primary {
 public:
  explicit Primary(std::string path) : path_(std::move(path)) {}

  const std::string& path() const noexcept { return path_; }

  /// False: certainly nothing was committed since the last read(). Cheap, so that it can be asked
  /// often. Throws when the file is missing.
  bool may_have_changed();

  /// Reads what was committed since `history`'s newest state and adds it, or begins a new log.
  /// Answers whether there is a new state. After may_have_changed().
  bool read(History& history);

  /// Whether the last read() compared all pages.
  bool compared() const noexcept { return compared_; }

  bool is_open() const noexcept { return connection_ != nullptr; }
  /// Closes the connection, so that nothing of the file is in use. may_have_changed() stays right
  /// if nothing was committed in the last second.
  void close() noexcept;

  /// `wal`, `delete`, ...; empty before the first read().
  const std::string& journal_mode() const noexcept { return journal_mode_; }

 private:
  /// What the system tells of a file without opening it.
  struct FileStatus {
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const FileStatus&) const = default;
  };
  struct Files {
    FileStatus database;
    FileStatus log;
    bool operator==(const Files&) const = default;
  };
  static FileStatus look_at(const std::string& path);
  FileStatus look_at_database() const;
  Files look() const;
  void open(const FileStatus& database);
  State describe(replica::Snapshot& snapshot) const;
  static std::uint32_t change_counter(replica::Snapshot& snapshot);
  void disconnect() noexcept;
  std::optional<bool> read_log(History& history, const replica::WalIndexHeader& now);
  bool append(History& history, std::optional<replica::Snapshot>& snapshot, State state);
  /// What `since` (with a mark and its number of pages) tells of the log since `before`, up to
  /// `now`.
  template <class Since>
  auto changes(const replica::WalIndexHeader& now, const State& before, const Since& since) const
      -> decltype(since(before.mark, before.page_count));
  bool is_replaced(replica::Snapshot& snapshot, const State& before, const State& now) const;

  std::string path_;
  std::unique_ptr<replica::Connection> connection_;
  std::unique_ptr<replica::WalIndex> index_;
  ino_t inode_ = 0;  // of the open file
  std::string journal_mode_;
  bool compared_ = false;
  std::optional<Files> read_files_;                     // that were read; not while index_ tells
  std::optional<replica::WalIndexHeader> read_header_;  // what that showed; WAL mode only
};

}  // namespace edgepack::serve
