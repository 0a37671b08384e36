#include "serve/testing/process.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace edgepack::serve::testing {
namespace {

volatile std::sig_atomic_t asked_to_stop = 0;

}  // namespace

Process::Process(const std::function<void(const Tell& tell)>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  process_ = ::fork();
  if (process_ == -1) throw std::runtime_error("no process");
  if (process_ == 0) {
    ::close(ends[0]);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is broken off leaves nobody behind
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGTERM, [](int) { asked_to_stop = 1; });
    try {
      work([&](const std::string& line) {
        const std::string whole = line + '\n';
        if (::write(ends[1], whole.data(), whole.size()) < 0) ::_exit(3);
      });
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::_exit(2);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  from_ = ends[0];
}

Process::~Process() {
  kill();
  wait();
  ::close(from_);
}

std::string Process::line() {
  std::string text;
  for (char c = 0; ::read(from_, &c, 1) == 1;) {
    if (c == '\n') return text;
    text += c;
  }
  return {};
}

bool Process::has_ended() {
  int status = 0;
  if (!ended_ && ::waitpid(process_, &status, WNOHANG) == process_) note(status);
  return ended_;
}

void Process::stop() {
  if (!has_ended()) ::kill(process_, SIGTERM);
}

void Process::kill() {
  if (!has_ended()) ::kill(process_, SIGKILL);
}

bool Process::wait() {
  int status = 0;
  if (!ended_ && ::waitpid(process_, &status, 0) == process_) note(status);
  return good_;
}

bool Process::stopping() noexcept { return asked_to_stop != 0; }

void Process::note(int status) {
  ended_ = true;
  killed_ = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  // One that was asked to stop before it could hear of it has done nothing.
  const bool stopped = WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
  good_ = killed_ || stopped || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace edgepack::serve::testing
