#pragma once
// The server's socket, threads and limits.

#include <memory>
#include <string>

#include "serve/api.h"
#include "serve/tokens.h"

namespace edgepack::serve {

class KeepAliveServer;

/// How to listen.
struct HttpOptions {
  std::string host = "127.0.0.1";
  int port = 7433;          // 0: any
  std::string certificate;  // PEM files; empty: no TLS
  std::string key;
  std::size_t max_connections = 512;
  std::size_t max_request = std::size_t{64} << 20;
  int idle_seconds = 60;
};

/// Listens and answers. A connection has a thread as long as it is open; threads come and go with
/// them. Any thread.
class HttpServer {
 public:
  /// `tokens` may be null: then everybody may ask. `catalog`, `api` and `tokens` must outlive this.
  HttpServer(HttpOptions options, Catalog& catalog, Api& api, const Tokens* tokens);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Opens the port, which it answers. Throws sqlite::Error.
  int bind();
  /// Answers requests until stop().
  void run();
  /// Requests under way are answered; no other is.
  void stop();

 private:
  void install_limits();
  void install_pages();

  HttpOptions options_;
  Catalog& catalog_;
  Api& api_;
  const Tokens* tokens_;
  std::unique_ptr<KeepAliveServer> server_;
  std::atomic<std::size_t> connections_ = 0;
};

}  // namespace edgepack::serve
