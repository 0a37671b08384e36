#pragma once
// An HTTP server that answers what a test wants, well or badly.

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace edgepack::replica::testing {

/// One connection after the other on a port of the loopback interface, in a thread of its own.
class HttpServer {
 public:
  struct Request {
    std::string line;  // `GET /path HTTP/1.1`
    std::string head;  // all headers, as they came
    std::string body;
  };
  /// Where the bytes of an answer go, whatever they are. Answers false once the client has gone.
  using Write = std::function<bool(const std::string& bytes)>;
  /// Answers one request; false closes the connection.
  using Handler = std::function<bool(const Request& request, const Write& write)>;

  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int port() const noexcept { return port_; }
  int connections() const noexcept { return connections_; }
  std::vector<std::string> request_lines() const;

 private:
  void run();
  void serve(int connection);

  Handler handler_;
  int socket_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::thread thread_;
};

/// Forwards all bytes between a client and `port` on this machine until `most` bytes of answers
/// have gone through a connection, and then cuts it. With `garbage` it sends other bytes instead.
class CuttingProxy {
 public:
  CuttingProxy(int port, std::size_t most, bool garbage);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  int port() const noexcept { return port_; }

 private:
  void run();
  void forward(int client);

  int to_;
  std::size_t most_;
  bool garbage_;
  int socket_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace edgepack::replica::testing
