#include "replica/testing/http_server.h"

#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace edgepack::replica::testing {
namespace {

/// A listening socket of the loopback interface.
std::pair<int, int> listen_anywhere() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket, any, size) != 0 || ::listen(socket, 16) != 0 ||
      ::getsockname(socket, any, &size) != 0) {
    throw std::runtime_error("no port");
  }
  return {socket, ntohs(address.sin_port)};
}

int connect_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return -1;
}

/// A connection, or -1 when `stop` was set.
int accept_until(int socket, const std::atomic<bool>& stop) {
  while (!stop) {
    pollfd ready{.fd = socket, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 20) <= 0) continue;
    const int connection = ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const int yes = 1;
    ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return connection;
  }
  return -1;
}

/// Appends what comes; false at the end of the connection.
bool receive(int connection, const std::atomic<bool>& stop, std::string& to) {
  while (!stop) {
    pollfd ready{.fd = connection, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 20) <= 0) continue;
    std::array<char, 16384> bytes;
    const ssize_t got = ::recv(connection, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    to.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
  }
  return false;
}

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) {
  std::tie(socket_, port_) = listen_anywhere();
  thread_ = std::thread([this] { run(); });
}

HttpServer::~HttpServer() {
  stop_ = true;
  thread_.join();
  ::close(socket_);
}

std::vector<std::string> HttpServer::request_lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

void HttpServer::run() {
  for (int connection = 0; (connection = accept_until(socket_, stop_)) >= 0;) {
    ++connections_;
    serve(connection);
    ::close(connection);
  }
}

void HttpServer::serve(int connection) {
  std::string bytes;
  for (;;) {
    std::size_t end = 0;
    while ((end = bytes.find("\r\n\r\n")) == bytes.npos) {
      if (!receive(connection, stop_, bytes)) return;
    }
    Request request;
    request.line = bytes.substr(0, bytes.find("\r\n"));
    request.head = bytes.substr(0, end);
    bytes.erase(0, end + 4);
    std::size_t length = 0;
    if (const std::size_t at = request.head.find("Content-Length: "); at != bytes.npos) {
      length = std::strtoul(request.head.c_str() + at + 16, nullptr, 10);
    }
    while (bytes.size() < length) {
      if (!receive(connection, stop_, bytes)) return;
    }
    request.body = bytes.substr(0, length);
    bytes.erase(0, length);
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(request.line);
    }
    const Write write = [&](const std::string& answer) {
      return !stop_ && send_all(connection, answer);
    };
    if (!handler_(request, write)) return;
  }
}

CuttingProxy::CuttingProxy(int port, std::size_t most, bool garbage)
    : to_(port), most_(most), garbage_(garbage) {
  std::tie(socket_, port_) = listen_anywhere();
  thread_ = std::thread([this] { run(); });
}

CuttingProxy::~CuttingProxy() {
  stop_ = true;
  thread_.join();
  ::close(socket_);
}

void CuttingProxy::run() {
  for (int client = 0; (client = accept_until(socket_, stop_)) >= 0;) {
    forward(client);
    ::close(client);
  }
}

void CuttingProxy::forward(int client) {
  const int server = connect_to(to_);
  if (server < 0) return;
  std::size_t answered = 0;
  std::array<pollfd, 2> both{pollfd{.fd = client, .events = POLLIN, .revents = 0},
                             pollfd{.fd = server, .events = POLLIN, .revents = 0}};
  for (bool open = true; open && !stop_;) {
    if (::poll(both.data(), both.size(), 20) <= 0) continue;
    for (const std::size_t from : {0u, 1u}) {
      if ((both[from].revents & (POLLIN | POLLHUP)) == 0) continue;
      std::string bytes;
      if (!receive(both[from].fd, stop_, bytes)) open = false;
      if (from == 1 && answered + bytes.size() > most_) {
        const std::size_t keep = most_ - answered;
        if (garbage_) {
          for (std::size_t i = keep; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 37);
        } else {
          bytes.resize(keep);
          open = false;
        }
        answered = most_;
      } else if (from == 1) {
        answered += bytes.size();
      }
      if (!send_all(both[1 - from].fd, bytes)) open = false;
    }
  }
  ::close(server);
}

}  // namespace edgepack::replica::testing
