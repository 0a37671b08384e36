#pragma once
// Where a replica's pages come from.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "replica/http_client.h"
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
  /// The source's newest position, where that may be another one.
  std::optional<Position> newest;
  /// Transactions in it, where the source knows.
  std::optional<std::uint64_t> transactions;
  /// When the newest of them was committed, in ms since 1970, where the source knows.
  std::optional<std::int64_t> committed_ms;
  /// The same by the clock of the source.
  std::optional<std::int64_t> timestamp_ms;
  /// The checksum of all of the source's pages afterwards, where the source tells: what arrived
  /// must lead to it. Set once next() has answered false.
  std::optional<std::uint64_t> checksum;
  /// Bytes that came over the network so far; nothing where there is none.
  std::optional<std::uint64_t> received;
  /// The checksum of the replica's pages that this was made for, if it was made for just those.
  std::optional<std::uint64_t> base_checksum;
  /// Pages of a first sync that lie in the replica's file already, behind its end, by their
  /// checksums from page 2 on. Those that are not in the set are right.
  std::vector<std::uint64_t> arrived;
  /// True: if it breaks off, the next one can go on from the pages that arrived.
  bool resumable = false;

  /// PRAGMA schema_version of the new state, and a text that is equal for equal schemas only. Asked
  /// for before the first page, of snapshots only. Throws Error.
  virtual std::uint32_t schema_version() = 0;
  virtual std::string schema() = 0;

  /// The next page into `bytes` (of page_size); false at the end. Throws Error.
  virtual bool next(std::uint32_t& page, std::span<std::byte> bytes) = 0;
};

/// The answer to Source::ask() has not come yet.
struct Late {};

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
  /// Asks for what is newer than `position`, but does not wait for the answer, so that the replica
  /// can be locked on the way. changes_after() throws Late if the answer does not come soon: then
  /// await() it without the lock.
  virtual void ask(const Position& /*position*/) {}
  /// The changes from `position` (of a database of `pages` pages) to the newest state. Null when
  /// the source cannot tell what changed since.
  virtual std::unique_ptr<ChangeSet> changes_after(const Position& position,
                                                   std::uint32_t pages) = 0;
  /// What makes `base`, the replica, a recent state: all pages of it, or those that differ.
  virtual std::unique_ptr<ChangeSet> whole(Snapshot& base) = 0;
  /// How often a request had to be repeated.
  virtual std::uint64_t retries() const { return 0; }
  /// The checksum that a replica with `state` must have, by the source's own pages at that
  /// position; nothing if the source can no longer tell.
  virtual std::optional<std::uint64_t> expected_checksum(const State& state) = 0;
};

/// What a source needs to know of its user.
struct SourceUser {
  std::string operation;                   // begins the messages of errors
  std::string replica_path;                // must be another file; empty: none
  int timeout_ms = 5000;                   // for locks, or for the network to say something
  bool repair = false;                     // what the source calls diverged is to be replaced
  Access access;                           // of sources on the network
  HttpClient* http = nullptr;              // for them
  sqlite::Interrupt* interrupt = nullptr;  // asked while waiting
};

/// The source that `name` stands for: `file:PATH`, `http://...` or `https://...`. Throws Error.
std::unique_ptr<Source> open_source(const std::string& name, const SourceUser& user);

}  // namespace edgepack::replica
