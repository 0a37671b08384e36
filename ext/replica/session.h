#pragma once
// What one host connection keeps between its calls.

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "replica/connection.h"
#include "replica/http_client.h"
#include "replica/position_file.h"

namespace edgepack::replica {

/// The private connections to the replicas that a host connection synced. Opening one costs more
/// than a sync that finds nothing to do. It also keeps the log from being deleted when the host
/// closes the replica as its last user: the log is what proves, without reading all pages, that
/// nobody wrote to the replica. One thread at a time; goes with the host connection.
class Session {
 public:
  /// `curl` as HttpClient has it.
  explicit Session(const CurlLibrary* curl = nullptr) : http_(curl) {}

  /// At most this many replicas are kept open.
  static constexpr std::size_t kMostOpen = 8;

  /// The connection to the database file `path`, made when it or the file is missing, or when the
  /// file that was open lies there no longer. Valid until the next call with another path. Throws
  /// Error.
  Connection& replica(const std::string& path, const char* vfs);
  /// The position file of replica(`path`), which was called before, as the file is now. The same
  /// holds.
  PositionFile& position(const std::string& path, const char* vfs);
  /// Closes what replica() opened for `path`, if anything.
  void close(const std::string& path) noexcept;
  /// Keeps its connections to servers.
  HttpClient& http() noexcept { return http_; }
  /// The replicas that are open, the last used first.
  std::vector<std::string> paths() const;

 private:
  struct Open {
    std::unique_ptr<Connection> connection;
    std::unique_ptr<PositionFile> position;
  };
  Open& open(const std::string& path, const char* vfs);

  std::list<Open> open_;
  HttpClient http_;
};

}  // namespace edgepack::replica
