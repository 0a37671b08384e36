#pragma once
// The position file beside a replica. Bytes: docs/replica-format.md.

#include <array>
#include <optional>
#include <span>
#include <string>

#include "replica/position.h"
#include "sqlite/api.h"

namespace edgepack::replica {

inline constexpr std::size_t kSlotSize = 4096;
inline constexpr std::size_t kMaxSource = 2048;
inline constexpr std::size_t kMaxError = 1024;

/// One record.
struct Record {
  enum class Kind : std::uint32_t { kCommit = 1, kContact = 2 };
  Kind kind = Kind::kContact;
  std::uint64_t sequence = 0;
  std::uint32_t page_size = 0;
  State before;
  State after;
  Counters counters;
  std::int64_t contact_ms = 0;  // since 1970, as the others
  std::int64_t change_ms = 0;
  std::int64_t error_ms = 0;
  std::string source;  // at most kMaxSource bytes
  std::string error;   // longer texts are cut

  bool operator==(const Record&) const = default;
};

using Slot = std::array<std::byte, kSlotSize>;

Slot encode(const Record& record);
/// Nothing unless every byte is as encode() would write it.
std::optional<Record> decode(std::span<const std::byte> slot);

/// The file of one replica. All writes need the replica's WRITE lock. One thread.
class PositionFile {
 public:
  /// Reads `<database_path>-replica` through the VFS named `vfs` (null: the default). A missing,
  /// empty or damaged file is no error. Throws Error.
  explicit PositionFile(const std::string& database_path, const char* vfs = nullptr);

  const std::string& path() const noexcept { return path_; }
  bool exists() const noexcept { return exists_; }
  /// True when at least one slot was written and is not readable: the record may not be the newest.
  bool damaged() const noexcept { return damaged_; }
  /// The newest record, if any can be read.
  const std::optional<Record>& record() const noexcept { return record_; }

  enum class Durable { kNo, kYes };
  /// Writes `record` with the next sequence number. kCommit records must be durable. Throws Error.
  void write(Record record, Durable durable);

 private:
  sqlite3_vfs* vfs_;
  std::string path_;
  bool exists_ = false;
  bool damaged_ = false;
  std::optional<Record> record_;
  std::size_t keep_ = 1;  // the slot that the next write must not touch
};

}  // namespace edgepack::replica
