#pragma once
// The newest durable state of a log (docs/serve-format.md).

#include <array>
#include <optional>
#include <string>

#include "replica/wal_format.h"
#include "serve/position.h"

namespace edgepack::serve {

using BootId = std::array<std::byte, 16>;
/// Which run of the system this is; all 0 if it does not tell.
BootId boot_id();

/// A state of the primary: what it is called in the log, and how to find it in the file.
struct State {
  Position position;
  std::int64_t timestamp = 0;
  std::uint32_t page_size = 0;
  std::uint32_t page_count = 0;
  std::uint32_t change_counter = 0;
  replica::WalMark mark;  // unknown outside of WAL mode
  std::uint64_t inode = 0;
  bool clean = false;  // the server was stopped in good order
  BootId boot{};

  bool operator==(const State&) const = default;
};

/// Reads and writes the file `path`.
class StateFile {
 public:
  explicit StateFile(std::string path) : path_(std::move(path)) {}

  /// Nothing if there is none, or none that can be read.
  std::optional<State> read();
  /// Durable when it returns; the state before survives a crash meanwhile. Throws sqlite::Error.
  void write(const State& state);

 private:
  std::string path_;
  std::uint64_t sequence_ = 0;
};

}  // namespace edgepack::serve
