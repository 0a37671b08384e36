#pragma once
// A part of a test in a process of its own, which can be killed.

#include <functional>
#include <string>
#include <sys/types.h>

namespace edgepack::serve::testing {

/// A child of this process, which must have no other thread and no open database when it forks.
class Process {
 public:
  /// What the child tells its parent, a line at a time.
  using Tell = std::function<void(const std::string& line)>;
  /// Does `work`, then ends. What it throws is told on standard error, and is exit status 2.
  explicit Process(const std::function<void(const Tell& tell)>& work);
  /// Kills it.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// The next line that it tells; empty if it has ended.
  std::string line();
  bool has_ended();
  /// Asks it to end: stopping() is true then.
  void stop();
  void kill();
  /// Waits for its end: true if it was in good order, or by SIGKILL.
  bool wait();
  bool was_killed() const noexcept { return killed_; }

  /// In the child: whether its parent wants it to end.
  static bool stopping() noexcept;

 private:
  void note(int status);

  pid_t process_ = -1;
  int from_ = -1;
  bool ended_ = false;
  bool good_ = false;
  bool killed_ = false;
};

}  // namespace edgepack::serve::testing
