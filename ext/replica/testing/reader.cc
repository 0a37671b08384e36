#include "replica/testing/reader.h"

#include <array>
#include <fcntl.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace edgepack::replica::testing {
namespace {

constexpr char kEnd[] = "end of answer\n";

}  // namespace

Reader::Reader(const std::string& path) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(out[1], STDERR_FILENO);
    ::execlp("sqlite3", "sqlite3", "-batch", "-init", "/dev/null", path.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  to_ = in[1];
  from_ = out[0];
}

Reader::~Reader() {
  ::close(to_);
  ::close(from_);
  ::waitpid(process_, nullptr, 0);
}

std::string Reader::ask(const std::string& sql) {
  const std::string request = sql + "\n.print " + std::string(kEnd);
  if (::write(to_, request.data(), request.size()) != static_cast<ssize_t>(request.size())) {
    throw std::runtime_error("the reader is gone");
  }
  std::string answer;
  while (!answer.ends_with(kEnd)) {
    std::array<char, 4096> bytes;
    const ssize_t got = ::read(from_, bytes.data(), bytes.size());
    if (got <= 0) throw std::runtime_error("the reader ended after: " + answer);
    answer.append(bytes.data(), static_cast<std::size_t>(got));
  }
  answer.resize(answer.size() - (sizeof kEnd - 1));
  if (answer.ends_with('\n')) answer.pop_back();
  return answer;
}

}  // namespace edgepack::replica::testing
