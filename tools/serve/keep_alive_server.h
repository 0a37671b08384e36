#pragma once
// httplib's server with connections of our own.

#include <httplib.h>
#include <memory>
#include <mutex>
#include <set>

namespace edgepack::serve {

struct FreeTls {
  void operator()(SSL_CTX* tls) const noexcept { ::SSL_CTX_free(tls); }
};
using Tls = std::unique_ptr<SSL_CTX, FreeTls>;

/// What a server with these PEM files needs for TLS; null if they do not work.
Tls open_tls(const std::string& certificate, const std::string& key);

/// httplib looks every 11 ms whether a connection that is kept alive has a request, so that each
/// costs the processor time although nothing happens, and one request in eleven waits. Here a
/// thread waits for its connection's next request.
class KeepAliveServer : public httplib::Server {
 public:
  /// `tls` may be null: then nothing is encrypted.
  KeepAliveServer(Tls tls, int idle_seconds) : tls_(std::move(tls)), idle_seconds_(idle_seconds) {}

  /// httplib lets only 5 connections wait to be accepted, and the sixth waits for a second.
  void widen_backlog();
  /// Requests under way are answered; connections without one are closed. Any thread.
  void leave();

 private:
  bool process_and_close_socket(socket_t socket) override;
  bool answer_requests(socket_t socket);

  const Tls tls_;
  const int idle_seconds_;
  std::mutex mutex_;  // of the next ones
  std::set<socket_t> open_;
  bool leaving_ = false;
};

}  // namespace edgepack::serve
