#pragma once
// One connection to a client, as httplib reads and writes it.

#include <httplib.h>
#include <memory>
#include <string>

namespace edgepack::serve {

/// A connected socket, plain or with TLS, that waits inside the system's own calls. What is written
/// is kept until flush(), until there is too much of it, or until something has to be read that has
/// not come yet, so that the head of an answer and a small body travel together. One thread; the
/// socket stays the caller's.
class Connection : public httplib::Stream {
 public:
  /// `tls` may be null: then nothing is encrypted. A side that says nothing for `idle_seconds` has
  /// gone.
  Connection(int socket, SSL_CTX* tls, int idle_seconds);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Agrees on keys with the client, where there is TLS. Answers false if that failed.
  bool greet();
  /// Waits for the beginning of the next request. Answers false if none came.
  bool await_request();
  /// Sends what was written. Answers false if it could not be sent, now or before.
  bool flush();

  bool is_readable() const override { return !failed_; }
  bool is_writable() const override { return !failed_; }
  ssize_t read(char* bytes, std::size_t size) override;
  ssize_t write(const char* bytes, std::size_t size) override;
  // Nobody asks where a request comes from, and the system would have to be asked each time.
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return socket_; }

 private:
  struct FreeTls {
    void operator()(SSL* tls) const noexcept { ::SSL_free(tls); }
  };
  bool fill();
  bool send(const char* bytes, std::size_t size);

  const int socket_;
  std::unique_ptr<SSL, FreeTls> tls_;
  bool failed_ = false;
  std::string received_;
  std::size_t read_ = 0;  // of received_
  std::string unsent_;
};

}  // namespace edgepack::serve
