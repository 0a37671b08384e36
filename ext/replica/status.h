#pragma once
// What is known of a replica without reading its pages.

#include <optional>
#include <string>
#include <vector>

#include "replica/position_file.h"

namespace edgepack::replica {

/// What the position file and the files' own marks tell.
struct Status {
  enum class Standing {
    kNone,        // no position file
    kReplica,     // shows a state that a sync left
    kUnverified,  // its log is gone or was restarted: the next sync compares checksums
    kIncomplete,  // the first sync has not come to an end, or the position file is damaged
  };
  Standing standing = Standing::kNone;
  std::string path;
  std::optional<Record> record;
  State state;  // the one that the replica shows
};

/// Reads the status of the database file `path` with `vfs`. Changes nothing. Throws Error.
Status status(const std::string& path, const char* vfs);

/// The first SQLite without the bug that lets a checkpoint and a WAL reset at the same time lose a
/// commit (https://www.sqlite.org/wal.html#walresetbug), and the older branches that have the fix.
bool has_wal_reset_bug() noexcept;

/// One fact of a status.
struct Fact {
  enum class Type { kText, kInteger, kBoolean };
  const char* name;
  Type type;
  bool is_null = false;
  std::string text;
  std::int64_t number = 0;  // kInteger and kBoolean
};

/// The names of the facts, in the order of facts_of(): the keys of replica_status()'s object and
/// the columns of the table.
std::vector<const char*> fact_names();
/// All facts of `status`, ages as of now.
std::vector<Fact> facts_of(const Status& status);

}  // namespace edgepack::replica
