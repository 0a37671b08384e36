#pragma once
// What a server that was stopped leaves: a database, its log, and the server's folder.

#include <map>
#include <string>

#include "replica/testing/image.h"
#include "replica/testing/pair.h"
#include "serve/testing/model.h"

namespace edgepack::serve::testing {

/// A small database in WAL mode whose server has seen some states; then the application went on.
/// Failures of the model's checks throw from then on, so that fuzzers end.
class StoppedServer {
 public:
  StoppedServer();

  /// All files again as they were.
  void restore() const;
  /// A server goes on with what lies there, and must end at what SQLite shows, with the replica
  /// that followed before and with a new one. sqlite::Error where SQLite or the server refuses.
  void go_on() const;

  const std::string& path() const noexcept { return path_; }
  std::string server_folder() const { return path_ + "-serve"; }
  /// The files of the server, by path, and their bytes.
  const std::map<std::string, std::string>& server_files() const noexcept { return files_; }
  /// The database's log as the application left it.
  const std::string& log() const { return database_.files.at("-wal"); }

 private:
  replica::testing::TemporaryFolder folder_;
  std::string path_;
  replica::testing::Image database_;
  std::map<std::string, std::string> files_;
  Model replica_;
};

}  // namespace edgepack::serve::testing
