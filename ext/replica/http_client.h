#pragma once
// HTTP requests whose answers are read as streams, by libcurl.

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replica/curl_library.h"
#include "sqlite/error.h"
#include "sqlite/interrupt.h"

namespace edgepack::replica {

/// The other side could not be reached, or broke off: trying again may help, and nothing happened.
class Unreachable : public sqlite::Error {
 public:
  using sqlite::Error::Error;
};

struct HttpRequest {
  std::string operation;                       // begins the messages of errors
  std::string url;                             // named in them
  std::optional<std::vector<std::byte>> body;  // makes it a POST
  std::string token;                           // for `Authorization: Bearer`; never in a message
  std::string ca_file;                         // trusted certificates; empty: the system's
  int timeout_ms = 5000;                       // how long the other side may say nothing
  int wait_ms = 0;                             // how much longer before its answer begins
};

/// One request at a time over connections that stay open between them. Redirects are not followed;
/// of an https server the certificate is checked. One thread.
class HttpClient {
 public:
  /// `curl`: the library to use; null: the one that is loaded when it is first needed.
  explicit HttpClient(const CurlLibrary* curl = nullptr) : curl_(curl) {}
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Ends the request before, and sends `request` as far as that is possible without waiting.
  /// Throws Error.
  void begin(HttpRequest request);
  /// Returns when the head of the answer has come. Throws Unreachable; Error when trying again
  /// cannot help; SQLITE_INTERRUPT within about 50 ms.
  void await_head(sqlite::Interrupt& interrupt);
  /// The same, but for some `ms` at most. Answers whether it has come.
  bool await_head_for(int ms, sqlite::Interrupt& interrupt);

  /// Of the answer.
  int status() const noexcept { return status_; }
  /// The value of the header `name`, in whichever case; empty if there is none. Valid until the
  /// next request.
  std::string_view header(std::string_view name) const;

  /// The next bytes of the body: how many, and 0 at its end only. Keeps at most about 1 MiB. Throws
  /// as await_head().
  std::size_t read(std::span<std::byte> bytes, sqlite::Interrupt& interrupt);
  /// The rest of the body, at most `most` bytes of it.
  std::string read_text(std::size_t most, sqlite::Interrupt& interrupt);
  /// Forgets what is left of the answer; a connection on which more would come is closed.
  void cancel() noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  void configure();
  void take_header_line(std::string_view line);
  /// Lets the transfer go on until `done` or the end of it, or until `until` is over. The other
  /// side may say nothing for `silence_ms`.
  template <class Done>
  void drive(sqlite::Interrupt& interrupt, int silence_ms, const Done& done,
             Clock::time_point until = Clock::time_point::max());
  void perform();
  /// Throws if the transfer broke off.
  void expect_whole() const;
  [[noreturn]] void fail(CURLcode code) const;

  const CurlLibrary* curl_;
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  HttpRequest request_;
  bool is_running_ = false;
  bool is_paused_ = false;
  std::optional<CURLcode> ended_;
  Clock::time_point last_byte_{};
  Clock::time_point checked_{};  // for an interruption
  int status_ = 0;
  bool head_is_complete_ = false;
  std::size_t head_size_ = 0;
  std::string head_;             // its lines but for the first, as they came
  std::vector<std::byte> body_;  // what came and was not read
  std::size_t body_begin_ = 0;
  char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace edgepack::replica
