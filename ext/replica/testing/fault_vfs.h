#pragma once
// A VFS that shows tests every call that can fail or that a power cut can undo.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "sqlite/api.h"

namespace edgepack::replica::testing {

/// One call, about to be made.
struct FileCall {
  enum class Kind { kOpen, kWrite, kTruncate, kSync, kDelete, kShmMap };
  Kind kind;
  const std::string& path;
  std::int64_t offset = 0;           // kWrite; kTruncate: the new size
  std::span<const std::byte> bytes;  // kWrite
  bool syncs_folder = false;         // kSync, kDelete
};

/// Wraps the default VFS and is never the default itself. `before_call` answers SQLITE_OK to let a
/// call go on, or the code that it fails with; a write that fails has written its first half, as on
/// a full disk. One at a time, one thread; every file must be closed before it goes.
class FaultVfs {
 public:
  using BeforeCall = std::function<int(const FileCall&)>;
  explicit FaultVfs(BeforeCall before_call);
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  static constexpr const char* kName = "fault";

 private:
  sqlite3_vfs vfs_;
};

}  // namespace edgepack::replica::testing
