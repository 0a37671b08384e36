#pragma once
// The newest states of a log, written (docs/serve-format.md).

#include <string>

#include "replica/served_state.h"
#include "serve/position.h"

namespace edgepack::serve {

using replica::boot_id;
using replica::BootId;
using State = replica::ServedState;

/// Reads and writes the file `path`.
class StateFile {
 public:
  explicit StateFile(std::string path) : path_(std::move(path)) {}

  /// The durable state. Nothing if there is none, or none that can be read.
  std::optional<State> read();
  /// Durable when it returns; the state before survives a crash meanwhile. Throws sqlite::Error.
  void write(const State& state);
  /// Tells a state that is not durable, for replica_bookmark() at the primary. May run while
  /// another thread is in write(), but not twice at once. Throws sqlite::Error.
  void announce(const State& state) const;

 private:
  std::string path_;
  std::uint64_t sequence_ = 0;
};

}  // namespace edgepack::serve
