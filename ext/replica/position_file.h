#pragma once
// The position file beside a replica. Bytes: docs/replica-format.md.

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "replica/boot.h"
#include "replica/position.h"
#include "sqlite/api.h"

namespace edgepack::replica {

inline constexpr std::size_t kSlotSize = 4096;
inline constexpr std::size_t kMaxSource = 2048;
inline constexpr std::size_t kMaxError = 1024;
inline constexpr std::size_t kMaxAccess = 696;

/// How to get at a source on the network: names of files, never what is in them. Empty: none.
struct Access {
  std::string token_file;
  std::string ca_file;

  bool operator==(const Access&) const = default;
};

/// One record.
struct Record {
  std::uint64_t sequence = 0;
  std::uint32_t page_size = 0;
  State before;
  State after;
  Counters counters;
  std::int64_t contact_ms = 0;  // since 1970, as the next two
  std::int64_t change_ms = 0;
  std::int64_t error_ms = 0;
  std::int64_t lag_ms = -1;  // of the last change: from its commit to its arrival; -1: not known
  Position newest;           // of the source, when it last answered
  bool durable = false;      // it was synced before anything relied on it
  BootId burst{};            // not all 0: in this run of the system, syncs after it need not be
  std::string source;        // at most kMaxSource bytes
  Access access;             // at most kMaxAccess bytes together
  std::string error;         // longer texts are cut

  bool in_burst() const noexcept { return burst != BootId{}; }
  bool operator==(const Record&) const = default;
};

using Slot = std::array<std::byte, kSlotSize>;

Slot encode(const Record& record);
/// Nothing unless every byte is as encode() would write it.
std::optional<Record> decode(std::span<const std::byte> slot);

/// The file of one replica. Once written it stays open, for as long as its path leads to it. All
/// writes need the replica's WRITE lock. One thread.
class PositionFile {
 public:
  /// Reads `<database_path>-replica` through the VFS named `vfs` (null: the default). A missing,
  /// empty or damaged file is no error. Throws Error.
  explicit PositionFile(const std::string& database_path, const char* vfs = nullptr);
  ~PositionFile();
  PositionFile(const PositionFile&) = delete;
  PositionFile& operator=(const PositionFile&) = delete;

  /// Reads it again. Throws Error.
  void refresh();

  const std::string& path() const noexcept { return path_; }
  bool exists() const noexcept { return exists_; }
  /// True when at least one slot was written and is not readable: the record may not be the newest.
  bool damaged() const noexcept { return damaged_; }
  /// The newest record, if any can be read, and the one before it.
  const std::optional<Record>& record() const noexcept { return record_; }
  const std::optional<Record>& previous() const noexcept { return previous_; }
  /// True when the machine started anew in a burst: the replica may show any state since the last
  /// durable one, and the newest records may be gone.
  bool may_be_behind() const noexcept;
  /// When the newest durable record was written, in ms since 1970; 0: never.
  std::int64_t durable_ms() const noexcept;

  enum class Durable { kNo, kYes };
  /// Writes `record` with the next sequence number, never over the newest durable record. Throws
  /// Error.
  void write(Record record, Durable durable);
  /// Deletes the file. Throws Error.
  void remove();

 private:
  class File;
  using Slots = std::array<Slot, 2>;
  /// Nothing if there is no file, or none with a byte.
  std::unique_ptr<Slots> read();
  /// The file, open for writing.
  File& open();
  /// The open file, null if there is none or the path leads to another.
  File* still_open() noexcept;
  void forget() noexcept;

  sqlite3_vfs* vfs_;
  std::string path_;
  std::unique_ptr<File> file_;
  std::unique_ptr<Slots> slots_;  // as they were read or written; null: not known
  bool exists_ = false;
  bool damaged_ = false;
  std::optional<Record> record_;
  std::optional<Record> previous_;
  std::size_t keep_ = 1;     // the slot that the next write must not touch
  std::size_t written_ = 1;  // the slot of record_
};

}  // namespace edgepack::replica
