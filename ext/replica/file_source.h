#pragma once
// A database file on this machine or a mounted disk as the primary.

#include "replica/snapshot.h"
#include "replica/source.h"

namespace edgepack::replica {

/// Reads the file and its log under SQLite's own locks; never writes pages, never checkpoints.
class FileSource : public Source {
 public:
  /// `path` must be an existing database. Throws Error.
  FileSource(const std::string& path, int wait_ms);

  std::string name() const override { return "file:" + connection_.path(); }
  const std::string& path() const noexcept { return connection_.path(); }
  std::unique_ptr<ChangeSet> changes_after(const Position& position, std::uint32_t pages) override;
  std::unique_ptr<ChangeSet> snapshot() override;
  Position newest() override;

 private:
  std::unique_ptr<Snapshot> read();

  Connection connection_;
};

}  // namespace edgepack::replica
