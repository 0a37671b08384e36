#pragma once
// Positions: which state of a source a replica has, and which state of itself that is.

#include <string>

#include "replica/transaction_mark.h"
#include "replica/wal_format.h"

namespace edgepack::replica {

/// A database file without frames in a log: what changes when SQLite writes to it.
struct FileMark {
  std::uint32_t change_counter = 0;  // bytes 24 to 27 of page 1
  std::uint32_t page_count = 0;
  std::uint64_t changed_ns = 0;  // the system's time of the last change of the file, since 1970
  bool is_wal = false;           // in WAL mode commits leave the counter alone

  bool operator==(const FileMark&) const = default;
};

/// A state of a source. Only its source can tell what came after it.
struct Position {
  enum class Kind : std::uint32_t { kNone = 0, kWal = 1, kTransaction = 2, kFile = 3 };
  Kind kind = Kind::kNone;
  WalMark mark{};                 // kWal
  TransactionMark transaction{};  // kTransaction
  FileMark file{};                // kFile

  static Position of(const WalMark& mark) {
    return mark.known() ? Position{.kind = Kind::kWal, .mark = mark} : Position{};
  }
  static Position of(const TransactionMark& transaction) {
    return {.kind = Kind::kTransaction, .transaction = transaction};
  }
  static Position of(const FileMark& file) { return {.kind = Kind::kFile, .file = file}; }
  bool operator==(const Position&) const = default;
};

/// `wal:SALTS/FRAME` (8 + 8 and 8 hexadecimal digits), `LOG-TXID-CHECKSUM` (16 each) or
/// `change:COUNTER` (8); empty for none.
std::string to_text(const Position& position);

/// A state of a replica, as the position file stores it (docs/replica-format.md).
struct State {
  bool known = false;
  Position position{};
  std::uint32_t page_count = 0;
  std::uint64_t checksum = 0;
  std::uint32_t schema_offset = 0;  // what is added to the source's schema version
  WalMark mark{};                   // of the replica's own log

  bool operator==(const State&) const = default;
};

/// What has been done since the first sync.
struct Counters {
  std::uint64_t syncs = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t transactions = 0;
  std::uint64_t pages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t retries = 0;
  std::uint64_t errors = 0;

  bool operator==(const Counters&) const = default;
};

}  // namespace edgepack::replica
