// edgepack-serve: the sidecar of a primary.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <iostream>
#include <malloc.h>
#include <memory>
#include <pthread.h>
#include <sys/resource.h>
#include <thread>

#include "pack/version.h"
#include "serve/counted.h"
#include "serve/http_server.h"
#include "serve/options.h"
#include "sqlite/api.h"
#include "sqlite/program.h"

namespace edgepack::serve {
namespace {

/// How long answers that are under way may take once the server is told to end.
constexpr auto kGoodbye = std::chrono::seconds(2);

/// A database that is written to has a few files open, a replica that waits one.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

sigset_t handled_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

/// Returns when the server is to end.
void handle_signals(const sigset_t& signals, Tokens* tokens) {
  for (int signal = 0;;) {
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) return;
    if (tokens == nullptr) continue;
    try {
      tokens->reload();
      std::cerr << "edgepack-serve: the tokens were read again" << std::endl;
    } catch (const std::exception& error) {
      std::cerr << error.what() << "; the old ones stay" << std::endl;
    }
  }
}

void serve(const Options& options) {
  // Before the first thread, so that every thread inherits it.
  const sigset_t signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  sqlite::bind_api(sqlite::linked_routines());

  const auto tokens =
      options.token_file.empty() ? nullptr : std::make_unique<Tokens>(options.token_file);
  Catalog catalog(options.catalog);
  Api api(catalog, options.http.max_request);
  HttpServer server(options.http, catalog, api, tokens.get());
  const int port = server.bind();
  std::cerr << "edgepack-serve " EDGEPACK_VERSION ": "
            << (options.http.certificate.empty() ? "http://" : "https://") << options.http.host
            << ':' << port << "/, " << counted(catalog.all().size(), "database") << std::endl;
  std::promise<void> all_closed;
  std::thread listener([&server, &all_closed] {
    server.run();
    all_closed.set_value();
  });
  handle_signals(signals, tokens.get());
  std::cerr << "edgepack-serve: stopping" << std::endl;
  api.stop();
  server.stop();
  const bool closed = all_closed.get_future().wait_for(kGoodbye) == std::future_status::ready;
  catalog.stop();
  // A client that keeps its connection open without a request is waited for until its idle time
  // is over. Nothing is lost by leaving: the catalog has closed its files.
  if (!closed) std::_Exit(EXIT_SUCCESS);
  listener.join();
}

}  // namespace
}  // namespace edgepack::serve

int main(int count, char** arguments) {
  int status = 0;
  // One heap for all threads: those of single threads grow by two pages at a time, each by a system
  // call, and every connection would keep one.
  ::mallopt(M_ARENA_MAX, 1);
  try {
    if (const auto options = edgepack::serve::parse_options(count, arguments, status)) {
      edgepack::serve::serve(*options);
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    status = 1;
  }
  return status;
}
