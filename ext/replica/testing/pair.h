#pragma once
// A primary and its replica as real files, for tests.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "replica/replica.h"
#include "sqlite/testing/database.h"

namespace edgepack::replica::testing {

using edgepack::testing::Database;

/// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string read_whole(const std::string& path);
void write_whole(const std::string& path, const std::string& bytes);

/// What the `sqlite3` shell, a process of its own, answers to `sql` on the database `path`.
std::string shell(const std::string& path, const std::string& sql);

/// A primary and a replica in one folder, each with a connection of its own.
struct Pair {
  explicit Pair(const std::string& journal_mode = "WAL", int page_size = 4096,
                const std::string& auto_vacuum = "NONE");

  /// replica_sync(source, options) on the replica's connection; the source only the first time.
  std::string sync(const std::string& options = "{}");
  /// One field of sync()'s answer, as quote() writes it.
  std::string sync_field(const std::string& field, const std::string& options = "{}");
  /// Checks integrity_check and that all rows of all tables are the primary's.
  void expect_sound();
  /// Checkpoints both, then compares the files byte by byte (but for the two bytes that only WAL
  /// mode has).
  void expect_identical();
  /// The same for a replica that took the place of an unrelated database.
  void expect_identical_but_schema_version();

  TemporaryFolder folder;
  std::string primary_path;
  std::string replica_path;
  std::unique_ptr<Database> primary;
  std::unique_ptr<Database> replica;

 private:
  void compare_files(bool with_schema_version);
  bool named_ = false;
};

}  // namespace edgepack::replica::testing
