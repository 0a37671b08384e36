#pragma once
// The named steps of the server (docs/serve-format.md), where tests end the process.

namespace edgepack::serve {

enum class Step {
  kMakeFolder,
  kWriteFile,  // an LTX file, under its temporary name
  kSyncFile,
  kRenameFile,
  kWriteState,
  kWriteChecksums,
  kRemoveFiles,
  kCount,
};

/// Called when a step is done; may end the process. Null outside of tests. Set while nothing runs.
extern void (*on_step)(Step);

inline void reached(Step step) {
  if (on_step != nullptr) on_step(step);
}

}  // namespace edgepack::serve
