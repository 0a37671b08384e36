#pragma once
// The databases that are served, by name.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "serve/database.h"
#include "serve/follower.h"

namespace edgepack::serve {

/// What is to be served.
struct CatalogOptions {
  std::vector<std::string> paths;  // of files, `NAME=PATH`, or of folders
  std::string log_dir;             // empty: beside each database
  Retention retention;
};

/// Finds the databases in files and folders, also those that come later, and has them followed. Any
/// thread.
class Catalog {
 public:
  /// Throws sqlite::Error for a path that does not exist and for two databases of one name.
  explicit Catalog(CatalogOptions options);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  std::shared_ptr<Database> find(const std::string& name) const;
  std::vector<std::shared_ptr<Database>> all() const;

  /// Everybody who waits is sent away; then all is made durable.
  void interrupt_waiters();
  void stop();

 private:
  void add(const std::string& name, const std::string& path);
  void remove_vanished();
  void scan_folders();

  CatalogOptions options_;
  std::vector<std::string> folders_;
  std::mutex scan_mutex_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Database>> databases_;
  Follower follower_;
};

}  // namespace edgepack::serve
