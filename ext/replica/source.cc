#include "replica/source.h"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/stat.h>

#include "replica/file_source.h"
#include "replica/http_source.h"
#include "sqlite/error.h"

namespace edgepack::replica {
namespace {

[[noreturn]] void fail(const std::string& object, const std::string& problem,
                       const std::string& hint = {}) {
  throw sqlite::Error(
      {.operation = "replica_sync", .object = object, .problem = problem, .hint = hint});
}

constexpr std::string_view kFileScheme = "file:";

/// The path that a `file:` name holds: what follows the colon, as it is; `file:///a` and
/// `file://localhost/a` are `/a`.
std::string file_path(const std::string& name) {
  std::string_view path = std::string_view(name).substr(kFileScheme.size());
  if (path.starts_with("//")) {
    const std::size_t slash = path.find('/', 2);
    const std::string_view host = path.substr(2, slash == path.npos ? slash : slash - 2);
    if (slash == path.npos || (!host.empty() && host != "localhost")) {
      fail(name, "a file on another host cannot be read", "write file:/PATH or file:PATH");
    }
    path.remove_prefix(slash);
  }
  if (path.empty()) fail(name, "no path", "write file:PATH");
  if (path.find('\0') != path.npos) fail(name, "a path cannot hold a NUL character");
  return std::string(path);
}

}  // namespace

std::unique_ptr<Source> open_source(const std::string& name, const SourceUser& user) {
  if (name.starts_with("http://") || name.starts_with("https://")) {
    return std::make_unique<HttpSource>(name, user);
  }
  if (!name.starts_with(kFileScheme)) {
    fail(name, "unknown kind of source",
         "write file:PATH, the path of a SQLite database, or https://HOST/NAME, of edgepack-serve");
  }
  const std::string path = file_path(name);
  struct stat primary {};
  struct stat replica {};
  if (::stat(path.c_str(), &primary) != 0) {
    fail(path, std::string("cannot open the source: ") + std::strerror(errno),
         "file: takes the path of an existing SQLite database");
  }
  if (!S_ISREG(primary.st_mode)) {
    fail(path, S_ISDIR(primary.st_mode) ? "the source is a directory" : "the source is not a file",
         "file: takes the path of an existing SQLite database");
  }
  if (::stat(user.replica_path.c_str(), &replica) == 0 && primary.st_dev == replica.st_dev &&
      primary.st_ino == replica.st_ino) {
    fail(path, "source and replica are the same file", "sync into another file");
  }
  auto source = std::make_unique<FileSource>(path, user);
  if (source->name().size() > 2048) {
    fail(path, "the source's path is too long to be remembered", "at most 2048 bytes");
  }
  return source;
}

}  // namespace edgepack::replica
