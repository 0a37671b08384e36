#include "serve/connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>

namespace edgepack::serve {
namespace {

/// More than the head of any request that we permit takes one read.
constexpr std::size_t kReceiveSize = 4096;
/// An answer up to this size is one packet for the system.
constexpr std::size_t kMostUnsent = 16 * 1024;

}  // namespace

Connection::Connection(int socket, SSL_CTX* tls, int idle_seconds) : socket_(socket) {
  const timeval idle{.tv_sec = idle_seconds, .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
  if (tls == nullptr) return;
  tls_.reset(::SSL_new(tls));
  failed_ = tls_ == nullptr || ::SSL_set_fd(tls_.get(), socket) != 1;
}

Connection::~Connection() {
  if (tls_ != nullptr && !failed_) ::SSL_shutdown(tls_.get());
}

bool Connection::greet() {
  if (!failed_ && tls_ != nullptr) failed_ = ::SSL_accept(tls_.get()) != 1;
  return !failed_;
}

bool Connection::await_request() { return read_ < received_.size() || fill(); }

bool Connection::fill() {
  if (!flush()) return false;
  received_.resize(kReceiveSize);
  read_ = 0;
  ssize_t count = 0;
  if (tls_ != nullptr) {
    count = ::SSL_read(tls_.get(), received_.data(), static_cast<int>(received_.size()));
  } else {
    do {
      count = ::recv(socket_, received_.data(), received_.size(), 0);
    } while (count < 0 && errno == EINTR);
  }
  failed_ = count < 0;
  received_.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return count > 0;
}

ssize_t Connection::read(char* bytes, std::size_t size) {
  if (read_ == received_.size() && !fill()) return failed_ ? -1 : 0;
  const std::size_t count = std::min(size, received_.size() - read_);
  std::memcpy(bytes, received_.data() + read_, count);
  read_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* bytes, std::size_t size) {
  if (unsent_.size() + size > kMostUnsent) {
    if (!flush() || !send(bytes, size)) return -1;
  } else {
    unsent_.append(bytes, size);
  }
  return static_cast<ssize_t>(size);
}

bool Connection::flush() {
  if (unsent_.empty()) return !failed_;
  const bool sent = send(unsent_.data(), unsent_.size());
  unsent_.clear();
  return sent;
}

bool Connection::send(const char* bytes, std::size_t size) {
  while (!failed_ && size > 0) {
    ssize_t count = 0;
    if (tls_ != nullptr) {
      constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;
      count = ::SSL_write(tls_.get(), bytes, static_cast<int>(std::min(size, kMostAtOnce)));
    } else {
      do {
        count = ::send(socket_, bytes, size, MSG_NOSIGNAL);
      } while (count < 0 && errno == EINTR);
    }
    failed_ = count <= 0;
    bytes += std::max<ssize_t>(count, 0);
    size -= static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  return !failed_;
}

}  // namespace edgepack::serve
