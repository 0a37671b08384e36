#include "replica/session.h"

#include <algorithm>
#include <utility>

namespace edgepack::replica {
namespace {

/// Not if its file lies elsewhere now, nor if memory ran out when it left its last transaction.
bool is_usable(const Connection& connection) {
  int moved = 0;
  const int code = sqlite3_file_control(connection.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  // A VFS that cannot tell may have moved it.
  return code == SQLITE_OK && moved == 0 && sqlite3_get_autocommit(connection.get()) != 0;
}

}  // namespace

Connection& Session::replica(const std::string& path, const char* vfs) {
  return *open(path, vfs).connection;
}

PositionFile& Session::position(const std::string& path, const char* vfs) {
  Open& replica = *std::ranges::find_if(
      open_, [&](const Open& each) { return each.connection->asked_for() == path; });
  if (replica.position == nullptr) {
    replica.position = std::make_unique<PositionFile>(replica.connection->path(), vfs);
  } else if (!replica.position->record()) {
    replica.position->refresh();
  }
  return *replica.position;
}

Session::Open& Session::open(const std::string& path, const char* vfs) {
  const auto found = std::ranges::find_if(
      open_, [&](const Open& each) { return each.connection->asked_for() == path; });
  if (found != open_.end()) {
    if (is_usable(*found->connection)) {
      open_.splice(open_.begin(), open_, found);
      return open_.front();
    }
    open_.erase(found);
  }
  auto connection =
      std::make_unique<Connection>("replica_sync", path, Connection::Missing::kCreate, vfs);
  open_.push_front({std::move(connection), nullptr});
  if (open_.size() > kMostOpen) open_.pop_back();
  return open_.front();
}

void Session::close(const std::string& path) noexcept {
  open_.remove_if([&](const Open& each) {
    return each.connection->asked_for() == path || each.connection->path() == path;
  });
}

std::vector<std::string> Session::paths() const {
  std::vector<std::string> paths;
  for (const Open& each : open_) paths.push_back(each.connection->path());
  return paths;
}

}  // namespace edgepack::replica
