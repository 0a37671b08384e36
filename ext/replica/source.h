#pragma once
// Where a replica's pages come from.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "replica/position_file.h"
#include "replica/snapshot.h"
#include "sqlite/interrupt.h"

namespace edgepack::replica {

using Clock = std::chrono::steady_clock;

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
  /// What this leads to. Complete once next() has answered false.
  Position position;
  /// Transactions in it, where the source knows.
  std::optional<std::uint64_t> transactions;
  /// When the newest of them was committed, in ms since 1970, where the source knows.
  std::optional<std::int64_t> committed_ms;
  /// The checksum of all of the source's pages afterwards, where the source tells: what arrived
  /// must lead to it. Set once next() has answered false.
  std::optional<std::uint64_t> checksum;
  /// Bytes that came over the network so far; nothing where there is none.
  std::optional<std::uint64_t> received;

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
  /// Of the newest state's pages.
  virtual std::uint32_t page_size() = 0;
  /// The newest position.
  virtual Position newest() = 0;
  /// Returns when the source has something newer than `position`, or at `until`. The replica is not
  /// locked meanwhile. What was fetched on the way is there for changes_after().
  virtual void await(const Position& position, Clock::time_point until) = 0;
  /// The changes from `position` (of a database of `pages` pages) to the newest state. Null when
  /// the source cannot tell what changed since.
  virtual std::unique_ptr<ChangeSet> changes_after(const Position& position,
                                                   std::uint32_t pages) = 0;
  /// The newest state, whole.
  virtual std::unique_ptr<ChangeSet> snapshot() = 0;
  /// The checksum that a replica with `state` must have, by the source's own pages at that
  /// position; nothing if the source can no longer tell.
  virtual std::optional<std::uint64_t> expected_checksum(const State& state) = 0;
};

/// What a source needs to know of its user.
struct SourceUser {
  std::string operation;                   // begins the messages of errors
  std::string replica_path;                // must be another file; empty: none
  int timeout_ms = 5000;                   // for locks, or for the network to say something
  Access access;                           // of sources on the network
  sqlite::Interrupt* interrupt = nullptr;  // asked while waiting
};

/// The source that `name` stands for: `file:PATH`. Throws Error.
std::unique_ptr<Source> open_source(const std::string& name, const SourceUser& user);

}  // namespace edgepack::replica
