#include "serve/keep_alive_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include "serve/connection.h"

namespace edgepack::serve {
namespace {

constexpr int kBacklog = 1024;

}  // namespace

Tls open_tls(const std::string& certificate, const std::string& key) {
  Tls tls(::SSL_CTX_new(::TLS_server_method()));
  const bool works = tls != nullptr &&
                     ::SSL_CTX_set_min_proto_version(tls.get(), TLS1_2_VERSION) == 1 &&
                     ::SSL_CTX_use_certificate_chain_file(tls.get(), certificate.c_str()) == 1 &&
                     ::SSL_CTX_use_PrivateKey_file(tls.get(), key.c_str(), SSL_FILETYPE_PEM) == 1;
  if (!works) return nullptr;
  ::SSL_CTX_set_options(tls.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  return tls;
}

void KeepAliveServer::widen_backlog() { ::listen(svr_sock_, kBacklog); }

void KeepAliveServer::leave() {
  stop();
  const std::lock_guard guard(mutex_);
  leaving_ = true;
  // What waits for a request gets the end of its connection; an answer can still be written.
  for (const socket_t socket : open_) ::shutdown(socket, SHUT_RD);
}

bool KeepAliveServer::process_and_close_socket(socket_t socket) {
  {
    const std::lock_guard guard(mutex_);
    if (!leaving_) open_.insert(socket);
  }
  const bool good = answer_requests(socket);
  {
    const std::lock_guard guard(mutex_);
    open_.erase(socket);
  }
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  return good;
}

bool KeepAliveServer::answer_requests(socket_t socket) {
  Connection connection(socket, tls_.get(), idle_seconds_);
  if (!connection.greet()) return false;
  const auto is_leaving = [this] {
    const std::lock_guard guard(mutex_);
    return leaving_;
  };
  while (!is_leaving() && connection.await_request()) {
    bool was_last = false;
    const bool answered = process_request(connection, false, was_last, nullptr);
    if (!connection.flush() || !answered) return false;
    if (was_last) break;
  }
  return true;
}

}  // namespace edgepack::serve
