#include "serve/catalog.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

#include "serve/file.h"
#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& object, const std::string& problem,
                         const std::string& hint) {
  throw sqlite::Error(
      {.operation = "edgepack-serve", .object = object, .problem = problem, .hint = hint});
}

/// What a folder is searched for: names that SQLite databases usually have.
bool is_database(const fs::directory_entry& entry) {
  static const std::set<std::string> kExtensions{".db", ".db3", ".sqlite", ".sqlite3"};
  std::error_code error;
  return kExtensions.contains(entry.path().extension()) && entry.is_regular_file(error) &&
         entry.file_size(error) > 0;
}

}  // namespace

Catalog::Catalog(CatalogOptions options) : options_(std::move(options)) {
  follower_.on_folder_change = [this] { scan_folders(); };
  for (const std::string& argument : options_.paths) {
    const std::size_t equals = argument.find('=');
    const bool is_named = !fs::exists(argument) && equals != std::string::npos && equals > 0;
    const std::string path = is_named ? argument.substr(equals + 1) : argument;
    std::error_code error;
    if (fs::is_directory(path, error)) {
      if (is_named) refuse(path, "a folder cannot have a name", "give the folder's path alone");
      folders_.push_back(fs::canonical(path));
      continue;
    }
    if (!fs::exists(path, error)) {
      refuse(path, "there is no such database",
             "it takes the path of a SQLite database or a folder");
    }
    add(is_named ? argument.substr(0, equals) : fs::path(path).filename().string(),
        fs::canonical(path));
  }
  for (const std::string& folder : folders_) follower_.watch(folder);
  scan_folders();
}

Catalog::~Catalog() { stop(); }

void Catalog::add(const std::string& name, const std::string& path) {
  static const std::set<std::string> kReserved{"", ".", "..", "v1", "health", "metrics"};
  if (kReserved.contains(name) || name.find('/') != std::string::npos) {
    refuse(path, "'" + name + "' cannot be the name of a database", "give it one: NAME=" + path);
  }
  const std::lock_guard guard(mutex_);
  if (const auto other = databases_.find(name); other != databases_.end()) {
    if (other->second->path() == path) return;
    refuse(path, "another database is called '" + name + "'", "give it a name: NAME=" + path);
  }
  const std::string folder =
      options_.log_dir.empty() ? path + "-serve" : options_.log_dir + '/' + name + "-serve";
  auto database = std::make_shared<Database>(name, path, folder, options_.retention);
  databases_[name] = database;
  follower_.add(database);
}

/// What was found in a folder and is gone is no longer served; its log stays.
void Catalog::remove_vanished() {
  std::vector<std::shared_ptr<Database>> vanished;
  {
    const std::lock_guard guard(mutex_);
    std::erase_if(databases_, [&](const auto& entry) {
      const fs::path path = entry.second->path();
      const bool is_found =
          std::find(folders_.begin(), folders_.end(), path.parent_path()) != folders_.end() &&
          entry.first == path.filename();
      std::error_code error;
      if (!is_found || fs::exists(path, error)) return false;
      vanished.push_back(entry.second);
      return true;
    });
  }
  for (const auto& database : vanished) {
    follower_.remove(*database);
    database->interrupt_waiters();
    database->stop();
  }
}

void Catalog::scan_folders() {
  const std::lock_guard scan(scan_mutex_);
  remove_vanished();
  for (const std::string& folder : folders_) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (!is_database(entry)) continue;
      try {
        add(entry.path().filename(), entry.path());
      } catch (const sqlite::Error&) {
        // A name that another folder has already: it is not served, and the page does not show it.
      }
    }
  }
}

std::shared_ptr<Database> Catalog::find(const std::string& name) const {
  const std::lock_guard guard(mutex_);
  const auto found = databases_.find(name);
  return found == databases_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Database>> Catalog::all() const {
  const std::lock_guard guard(mutex_);
  std::vector<std::shared_ptr<Database>> all;
  for (const auto& [name, database] : databases_) all.push_back(database);
  return all;
}

void Catalog::interrupt_waiters() {
  for (const auto& database : all()) database->interrupt_waiters();
}

void Catalog::stop() {
  follower_.stop();
  for (const auto& database : all()) database->stop();
}

}  // namespace edgepack::serve
