#pragma once
// A reader in a process of its own.

#include <string>
#include <sys/types.h>

namespace edgepack::replica::testing {

/// The `sqlite3` shell with a database open until destruction.
class Reader {
 public:
  explicit Reader(const std::string& path);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// What `sql` answers, without the last line end; columns are joined by `|`.
  std::string ask(const std::string& sql);
  pid_t process() const noexcept { return process_; }

 private:
  pid_t process_ = -1;
  int to_ = -1;
  int from_ = -1;
};

}  // namespace edgepack::replica::testing
