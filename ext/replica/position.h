#pragma once
// Positions: which state of a source a replica has, and which state of itself that is.

#include <string>

#include "replica/wal_format.h"

namespace edgepack::replica {

/// A state of a source. Only its source can tell what came after it.
struct Position {
  enum class Kind : std::uint32_t { kNone = 0, kWal = 1 };
  Kind kind = Kind::kNone;
  WalMark mark{};

  static Position of(const WalMark& mark) {
    return mark.known() ? Position{Kind::kWal, mark} : Position{};
  }
  bool operator==(const Position&) const = default;
};

/// `wal:SALTS/FRAME`, 8 + 8 and 8 hexadecimal digits; empty for none.
std::string to_text(const Position& position);

/// A state of a replica, as the position file stores it (docs/replica-format.md).
struct State {
  bool known = false;
  Position position{};
  std::uint32_t page_count = 0;
  std::uint64_t checksum = 0;
  WalMark mark{};                   // of the replica's own log
  std::uint32_t schema_offset = 0;  // what is added to the source's schema version

  bool operator==(const State&) const = default;
};

/// What has been done since the first sync.
struct Counters {
  std::uint64_t syncs = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t transactions = 0;
  std::uint64_t pages = 0;
  std::uint64_t bytes = 0;

  bool operator==(const Counters&) const = default;
};

}  // namespace edgepack::replica
