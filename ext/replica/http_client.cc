#include "replica/http_client.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace edgepack::replica {
namespace {

/// How often an interruption is looked for: not before the first time is over, as most answers come
/// at once, and then at least that often.
constexpr int kCheckMs = 5;
constexpr int kPollMs = 40;
/// What is kept before the other side has to wait.
constexpr std::size_t kMostBuffered = 512 * 1024;
/// Larger ones are given back to the system after each answer.
constexpr long kReceiveSize = 64 * 1024;
constexpr std::size_t kMostHeadBytes = 64 * 1024;

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trim(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool is_same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool may_help_to_try_again(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return true;
    default:
      return false;
  }
}

}  // namespace

HttpClient::~HttpClient() {
  cancel();
  if (easy_ != nullptr) curl_->easy_cleanup(easy_);
  if (multi_ != nullptr) curl_->multi_cleanup(multi_);
}

void HttpClient::begin(HttpRequest request) {
  cancel();
  request_ = std::move(request);
  if (curl_ == nullptr) curl_ = &curl_library(request_.operation, request_.url);
  if (multi_ == nullptr) multi_ = curl_->multi_init();
  if (easy_ == nullptr) easy_ = curl_->easy_init();
  if (multi_ == nullptr || easy_ == nullptr) throw std::bad_alloc();
  status_ = 0;
  head_is_complete_ = false;
  head_size_ = 0;
  head_.clear();
  ended_.reset();
  configure();
  if (curl_->multi_add_handle(multi_, easy_) != CURLM_OK) throw std::bad_alloc();
  is_running_ = true;
  last_byte_ = checked_ = Clock::now();
  perform();
}

bool HttpClient::await_head_for(int ms, sqlite::Interrupt& interrupt) {
  drive(
      interrupt, request_.timeout_ms + request_.wait_ms, [this] { return head_is_complete_; },
      Clock::now() + std::chrono::milliseconds(ms));
  return head_is_complete_;
}

void HttpClient::await_head(sqlite::Interrupt& interrupt) {
  drive(interrupt, request_.timeout_ms + request_.wait_ms, [this] { return head_is_complete_; });
  if (head_is_complete_) return;
  expect_whole();
  fail(CURLE_GOT_NOTHING);
}

void HttpClient::configure() {
  const auto set = [this](CURLoption option, auto value) {
    if (curl_->easy_setopt(easy_, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  };
  curl_->easy_reset(easy_);
  error_[0] = '\0';
  set(CURLOPT_ERRORBUFFER, error_);
  set(CURLOPT_URL, request_.url.c_str());
  // CURLOPT_PROTOCOLS: old libraries know no other name for it, new headers call it deprecated.
  constexpr auto kProtocols = static_cast<CURLoption>(CURLOPTTYPE_LONG + 181);
  set(kProtocols, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_USERAGENT, "edgepack");
  set(CURLOPT_BUFFERSIZE, kReceiveSize);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max(request_.timeout_ms, 1)));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!request_.ca_file.empty()) set(CURLOPT_CAINFO, request_.ca_file.c_str());
  set(CURLOPT_HEADERFUNCTION, &HttpClient::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &HttpClient::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  const auto add_header = [this](const std::string& line) {
    curl_slist* longer = curl_->slist_append(headers_, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    headers_ = longer;
  };
  if (!request_.token.empty()) add_header("Authorization: Bearer " + request_.token);
  if (request_.body) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
    set(CURLOPT_POSTFIELDS, reinterpret_cast<const char*>(request_.body->data()));
    add_header("Content-Type: application/octet-stream");
    add_header("Expect:");
  }
  add_header("Accept:");  // none, which means the same as libcurl's own
  set(CURLOPT_HTTPHEADER, headers_);
}

std::size_t HttpClient::on_header(char* bytes, std::size_t, std::size_t count, void* self) {
  auto& client = *static_cast<HttpClient*>(self);
  client.last_byte_ = Clock::now();
  try {
    client.head_size_ += count;
    if (client.head_size_ > kMostHeadBytes) return 0;
    client.take_header_line({bytes, count});
    return count;
  } catch (...) {
    return 0;
  }
}

void HttpClient::take_header_line(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    const std::string_view code = trim(line.substr(std::min(line.find(' '), line.size())));
    status_ = 0;
    std::from_chars(code.data(), code.data() + code.size(), status_);
    head_.clear();
  } else if (trim(line).empty()) {
    // After an interim answer (1xx) another head comes.
    head_is_complete_ = status_ >= 200;
  } else {
    head_ += line;
  }
}

std::size_t HttpClient::on_body(char* bytes, std::size_t, std::size_t count, void* self) {
  auto& client = *static_cast<HttpClient*>(self);
  client.last_byte_ = Clock::now();
  if (client.body_.size() >= kMostBuffered) {
    client.is_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  try {
    const auto* begin = reinterpret_cast<const std::byte*>(bytes);
    client.body_.insert(client.body_.end(), begin, begin + count);
    return count;
  } catch (...) {
    return 0;
  }
}

void HttpClient::perform() {
  int running = 0;
  if (curl_->multi_perform(multi_, &running) != CURLM_OK) throw std::bad_alloc();
  int left = 0;
  while (const CURLMsg* message = curl_->multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) ended_ = message->data.result;
  }
}

template <class Done>
void HttpClient::drive(sqlite::Interrupt& interrupt, int silence_ms, const Done& done,
                       Clock::time_point until) {
  while (!done() && !ended_) {
    perform();
    if (done() || ended_) break;
    const auto now = Clock::now();
    if (now - checked_ > std::chrono::milliseconds(kCheckMs)) {
      checked_ = now;
      interrupt.check();
    }
    if (now - last_byte_ > std::chrono::milliseconds(silence_ms)) fail(CURLE_OPERATION_TIMEDOUT);
    if (now >= until) break;
    curl_->multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
  }
}

/// What came before the transfer broke off counts, so the caller gets that first.
void HttpClient::expect_whole() const {
  if (ended_ && *ended_ != CURLE_OK) fail(*ended_);
}

void HttpClient::fail(CURLcode code) const {
  std::string problem = error_[0] != '\0' ? error_ : curl_->easy_strerror(code);
  std::string hint;
  const bool again = may_help_to_try_again(code);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    problem = "the server does not answer in time";
    hint = "is it running? Or raise timeout_ms";
  } else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
    problem = "the server's certificate cannot be trusted: " + problem;
    hint = "name the file of the authority that issued it with the option ca_file";
  } else if (code == CURLE_OUT_OF_MEMORY) {
    problem = "the head of the answer is too large, or memory ran out";
  } else if (again) {
    hint = "is the server running? Nothing was changed";
  }
  const sqlite::ErrorParts parts{
      .operation = request_.operation, .object = request_.url, .problem = problem, .hint = hint};
  if (again) throw Unreachable(parts, SQLITE_IOERR);
  throw sqlite::Error(parts, SQLITE_IOERR);
}

std::string_view HttpClient::header(std::string_view name) const {
  for (std::string_view rest = head_; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !is_same_name(line.substr(0, colon), name)) continue;
    return trim(line.substr(colon + 1));
  }
  return {};
}

std::size_t HttpClient::read(std::span<std::byte> bytes, sqlite::Interrupt& interrupt) {
  if (body_begin_ == body_.size()) {
    body_.clear();
    body_begin_ = 0;
    if (is_paused_) {
      is_paused_ = false;
      curl_->easy_pause(easy_, CURLPAUSE_CONT);
    }
    // The other side may have been waiting for us.
    last_byte_ = Clock::now();
    drive(interrupt, request_.timeout_ms, [this] { return !body_.empty(); });
    if (body_.empty()) expect_whole();
  }
  const std::size_t count = std::min(bytes.size(), body_.size() - body_begin_);
  std::copy_n(body_.begin() + static_cast<std::ptrdiff_t>(body_begin_), count, bytes.begin());
  body_begin_ += count;
  return count;
}

std::string HttpClient::read_text(std::size_t most, sqlite::Interrupt& interrupt) {
  std::string text(most, '\0');
  std::size_t size = 0;
  while (size < most) {
    const std::size_t got = read(std::as_writable_bytes(std::span(text)).subspan(size), interrupt);
    if (got == 0) break;
    size += got;
  }
  text.resize(size);
  return text;
}

void HttpClient::cancel() noexcept {
  if (is_running_) curl_->multi_remove_handle(multi_, easy_);
  is_running_ = is_paused_ = false;
  if (headers_ != nullptr) curl_->slist_free_all(headers_);
  headers_ = nullptr;
  body_.clear();
  body_begin_ = 0;
}

}  // namespace edgepack::replica
