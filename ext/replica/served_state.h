#pragma once
// Where edgepack-serve stands, as it tells on the primary's own disk (docs/serve-format.md).

#include <array>
#include <optional>
#include <span>
#include <string>

#include "replica/boot.h"
#include "replica/transaction_mark.h"
#include "replica/wal_format.h"

namespace edgepack::replica {

/// A state of the primary: what it is called in the server's log, and how to find it in the file.
struct ServedState {
  TransactionMark position;
  std::int64_t timestamp = 0;  // ms since 1970
  std::uint32_t page_size = 0;
  std::uint32_t page_count = 0;
  std::uint32_t change_counter = 0;
  WalMark mark;  // unknown outside of WAL mode
  std::uint64_t inode = 0;
  bool clean = false;  // the server was stopped in good order
  BootId boot{};

  bool operator==(const ServedState&) const = default;
};

inline constexpr std::size_t kServedSlotSize = 4096;
/// The slots of durable states, and that of the newest announced one.
inline constexpr std::size_t kDurableSlots = 2;
inline constexpr std::size_t kAnnouncedSlot = 2;

using ServedSlot = std::array<std::byte, kServedSlotSize>;

ServedSlot encode(const ServedState& state, std::uint64_t sequence);

/// What a state file says.
struct ServedStates {
  std::optional<ServedState> durable;
  std::uint64_t sequence = 0;            // of `durable`
  std::optional<ServedState> announced;  // if it is newer than `durable`
};

/// Reads the state file `path`. Nothing of a file that is missing or cannot be read.
ServedStates read_served_states(const std::string& path);

/// The state file of the served database `database_path`.
inline std::string served_state_path(const std::string& database_path) {
  return database_path + "-serve/state";
}

}  // namespace edgepack::replica
