#pragma once
// The files of a database as bytes, and what a database shows.

#include <cstdint>
#include <map>
#include <string>

namespace edgepack::replica::testing {

/// The files of a closed database, by what follows its path in their names ("" is the database).
/// The -shm is none of them: it does not outlive the machine.
struct Image {
  std::map<std::string, std::string> files;

  static Image of(const std::string& path);
  /// Makes the database `path` consist of exactly these files.
  void restore(const std::string& path) const;
};

/// The checksum of all pages that the database shows, as SyncResult has it; that of no pages for
/// one that is empty.
std::uint64_t database_checksum(const std::string& path);
/// What `PRAGMA integrity_check` answers.
std::string integrity(const std::string& path);
/// Checks that both show the same pages (but for the file format versions in page 1).
void expect_same_pages(const std::string& primary_path, const std::string& replica_path);

}  // namespace edgepack::replica::testing
