#pragma once
// Where a replica's pages come from.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "replica/position.h"

namespace edgepack::replica {

/// A sorted set of pages that turns one state of a database into a later one. In LTX's words: page
/// size, commit (pages of the database afterwards) and the pages, ascending, each once, without the
/// lock page.
class ChangeSet {
 public:
  virtual ~ChangeSet() = default;

  std::uint32_t page_size = 0;
  std::uint32_t commit = 0;
  /// True: every page of the database is in it, so it fits any earlier state.
  bool snapshot = false;
  /// What this leads to.
  Position position;
  /// Transactions in it, where the source knows.
  std::optional<std::uint64_t> transactions;

  /// PRAGMA schema_version of the new state, and a text that is equal for equal schemas only. Asked
  /// for before the first page, of snapshots only. Throws Error.
  virtual std::uint32_t schema_version() = 0;
  virtual std::string schema() = 0;

  /// The next page into `bytes` (of page_size); false at the end. Throws Error.
  virtual bool next(std::uint32_t& page, std::span<std::byte> bytes) = 0;
};

/// One primary. One thread. Change sets must not outlive their source, and only one may be in use.
class Source {
 public:
  virtual ~Source() = default;

  /// What the position file remembers: a text that open_source() understands from any folder.
  virtual std::string name() const = 0;
  /// The changes from `position` (of a database of `pages` pages) to the newest state. Null when
  /// the source cannot tell what changed since.
  virtual std::unique_ptr<ChangeSet> changes_after(const Position& position,
                                                   std::uint32_t pages) = 0;
  /// The newest state, whole.
  virtual std::unique_ptr<ChangeSet> snapshot() = 0;
  /// The newest position.
  virtual Position newest() = 0;
};

/// The source that `name` stands for: `file:PATH`. `replica_path` is the database that will be
/// synced from it, which must be another file. `wait_ms`: how long to wait for locks. Throws Error.
std::unique_ptr<Source> open_source(const std::string& name, const std::string& replica_path,
                                    int wait_ms);

}  // namespace edgepack::replica
