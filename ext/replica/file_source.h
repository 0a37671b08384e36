#pragma once
// A database file on this machine or a mounted disk as the primary.

#include "replica/snapshot.h"
#include "replica/source.h"

namespace edgepack::replica {

/// The state that `read` shows of a database that is no replica. Without frames in its log: what
/// SQLite's own caches trust, the counter in page 1, and the time of the last change of the file;
/// in WAL mode only that time proves something, and where it is too young to, it is 0.
Position position_of(Snapshot& read);

/// Reads the file and its log under SQLite's own locks; never writes pages, never checkpoints.
class FileSource : public Source {
 public:
  /// `path` must be an existing database. Throws Error.
  FileSource(const std::string& path, const SourceUser& user);

  std::string name() const override { return "file:" + connection_.path(); }
  const std::string& path() const noexcept { return connection_.path(); }
  std::uint32_t page_size() override;
  Position newest() override;
  void await(const Position& position, Clock::time_point until) override;
  std::unique_ptr<ChangeSet> changes_after(const Position& position, std::uint32_t pages) override;
  std::unique_ptr<ChangeSet> whole(Snapshot& base) override;
  std::optional<std::uint64_t> expected_checksum(const State& state) override;

 private:
  std::unique_ptr<Snapshot> read();

  sqlite::Interrupt& interrupt_;
  Connection connection_;
};

}  // namespace edgepack::replica
