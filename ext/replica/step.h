#pragma once
// The named steps of a sync (docs/replica-format.md), where tests inject faults.

namespace edgepack::replica {

enum class Step {
  kCreatePosition,
  kSetWalMode,
  kForgetState,
  kRebuild,
  kLock,
  kWriteHeader,
  kWriteFile,
  kSyncFile,
  kWriteFrames,
  kWriteIntent,
  kWriteCommit,
  kSyncWal,
  kPublishSecondCopy,
  kPublish,
  kUnlock,
  kCheckpoint,
  kWriteContact,
  kCount,
};

/// Called when a step is done; may throw or end the process. Null outside of tests. Set while no
/// sync runs.
extern void (*on_step)(Step);

inline void reached(Step step) {
  if (on_step != nullptr) on_step(step);
}

}  // namespace edgepack::replica
