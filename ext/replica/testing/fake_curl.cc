#include "replica/testing/fake_curl.h"

#include <algorithm>
#include <cctype>
#include <cstdarg>
#include <cstdlib>
#include <new>
#include <optional>

namespace edgepack::replica::testing {
namespace {

using Callback = std::size_t (*)(char*, std::size_t, std::size_t, void*);

FakeServer the_server;

/// In the place of CURL, and of CURLM as well: there is one transfer.
struct Transfer {
  std::string url;
  std::optional<std::string> body;
  long long body_size = 0;
  const char* body_bytes = nullptr;
  Callback on_header = nullptr;
  Callback on_body = nullptr;
  void* header_data = nullptr;
  void* body_data = nullptr;

  FakeAnswer answer;
  std::size_t at = 0;
  int status = 0;
  std::optional<std::size_t> left;  // of the body, as Content-Length says
  bool in_body = false;
  bool is_paused = false;
  std::optional<CURLcode> ended;
  bool end_was_told = false;
};

Transfer* running = nullptr;
CURLMsg message{};

Transfer& transfer_of(CURL* handle) { return *static_cast<Transfer*>(handle); }

CURL* easy_init() { return new (std::nothrow) Transfer; }
void easy_cleanup(CURL* handle) { delete static_cast<Transfer*>(handle); }
void easy_reset(CURL* handle) { transfer_of(handle) = Transfer{}; }

CURLcode easy_setopt(CURL* handle, CURLoption option, ...) {
  Transfer& transfer = transfer_of(handle);
  std::va_list values;
// The type of the parameter is libcurl's.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wvarargs"
  va_start(values, option);
#pragma GCC diagnostic pop
  switch (option) {
    case CURLOPT_URL:
      transfer.url = va_arg(values, const char*);
      break;
    case CURLOPT_HEADERFUNCTION:
      transfer.on_header = va_arg(values, Callback);
      break;
    case CURLOPT_WRITEFUNCTION:
      transfer.on_body = va_arg(values, Callback);
      break;
    case CURLOPT_HEADERDATA:
      transfer.header_data = va_arg(values, void*);
      break;
    case CURLOPT_WRITEDATA:
      transfer.body_data = va_arg(values, void*);
      break;
    case CURLOPT_POSTFIELDSIZE_LARGE:
      transfer.body_size = va_arg(values, curl_off_t);
      break;
    case CURLOPT_POSTFIELDS:
      transfer.body_bytes = va_arg(values, const char*);
      break;
    default:
      break;
  }
  va_end(values);
  return CURLE_OK;
}

CURLcode easy_getinfo(CURL*, CURLINFO, ...) { return CURLE_UNKNOWN_OPTION; }
const char* easy_strerror(CURLcode) { return "the fake connection failed"; }

CURLcode easy_pause(CURL* handle, int) {
  transfer_of(handle).is_paused = false;
  return CURLE_OK;
}

CURLM* multi_init() { return &message; }
CURLMcode multi_cleanup(CURLM*) { return CURLM_OK; }

CURLMcode multi_add_handle(CURLM*, CURL* handle) {
  running = &transfer_of(handle);
  HttpServer::Request request;
  const std::size_t path = running->url.find('/', running->url.find("//") + 2);
  const bool posts = running->body_bytes != nullptr;
  request.line = (posts ? "POST " : "GET ") + running->url.substr(path) + " HTTP/1.1";
  if (posts) {
    request.body.assign(running->body_bytes, static_cast<std::size_t>(running->body_size));
  }
  running->answer = the_server(request);
  return CURLM_OK;
}

CURLMcode multi_remove_handle(CURLM*, CURL*) {
  running = nullptr;
  return CURLM_OK;
}

/// The next line of the head.
CURLcode take_line(Transfer& transfer) {
  std::string& bytes = transfer.answer.bytes;
  const std::size_t end = bytes.find('\n', transfer.at);
  if (end == bytes.npos) return CURLE_RECV_ERROR;
  std::string line = bytes.substr(transfer.at, end + 1 - transfer.at);
  transfer.at = end + 1;
  if (transfer.status == 0) {
    if (!line.starts_with("HTTP/1.1 ")) return CURLE_WEIRD_SERVER_REPLY;
    transfer.status = std::atoi(line.c_str() + 9);
    if (transfer.status < 100 || transfer.status > 999) return CURLE_WEIRD_SERVER_REPLY;
  }
  std::string lower = line;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower.starts_with("content-length:")) {
    char* rest = nullptr;
    const char* const number = lower.c_str() + 15;
    const unsigned long long size = std::strtoull(number, &rest, 10);
    if (rest == number || lower.find('-', 15) != lower.npos) return CURLE_WEIRD_SERVER_REPLY;
    transfer.left = size;
  }
  if (transfer.on_header(line.data(), 1, line.size(), transfer.header_data) != line.size()) {
    return CURLE_WRITE_ERROR;
  }
  if (line == "\r\n" || line == "\n") {
    transfer.in_body = transfer.status >= 200;
    if (!transfer.in_body) transfer.status = 0;  // another head comes
    if (transfer.status == 204 || transfer.status == 304) transfer.left = 0;
  }
  return CURLE_OK;
}

/// The next piece of the body; an end of the transfer where there is none.
std::optional<CURLcode> take_piece(Transfer& transfer) {
  std::string& bytes = transfer.answer.bytes;
  const std::size_t most = std::min(transfer.answer.piece, bytes.size() - transfer.at);
  const std::size_t size = std::min(most, transfer.left.value_or(most));
  if (size == 0) {
    if (transfer.left.value_or(0) > 0) return CURLE_PARTIAL_FILE;
    const bool is_whole = transfer.left.has_value() || !transfer.answer.breaks_off;
    return is_whole ? CURLE_OK : CURLE_RECV_ERROR;
  }
  const std::size_t taken =
      transfer.on_body(bytes.data() + transfer.at, 1, size, transfer.body_data);
  if (taken == CURL_WRITEFUNC_PAUSE) {
    transfer.is_paused = true;
    return std::nullopt;
  }
  if (taken != size) return CURLE_WRITE_ERROR;
  transfer.at += size;
  if (transfer.left) *transfer.left -= size;
  return std::nullopt;
}

CURLMcode multi_perform(CURLM*, int* count) {
  Transfer& transfer = *running;
  if (!transfer.ended && !transfer.is_paused) {
    if (transfer.in_body) {
      transfer.ended = take_piece(transfer);
    } else if (const CURLcode code = take_line(transfer); code != CURLE_OK) {
      transfer.ended = code;
    }
  }
  *count = transfer.ended ? 0 : 1;
  return CURLM_OK;
}

CURLMcode multi_poll(CURLM*, curl_waitfd*, unsigned, int, int*) { return CURLM_OK; }

CURLMsg* multi_info_read(CURLM*, int* left) {
  *left = 0;
  if (!running->ended || running->end_was_told) return nullptr;
  running->end_was_told = true;
  message.msg = CURLMSG_DONE;
  message.easy_handle = running;
  message.data.result = *running->ended;
  return &message;
}

curl_slist the_list{};
curl_slist* slist_append(curl_slist*, const char*) { return &the_list; }
void slist_free_all(curl_slist*) {}

}  // namespace

const CurlLibrary& fake_curl(FakeServer server) {
  the_server = std::move(server);
  static const CurlLibrary library{.easy_init = easy_init,
                                   .easy_cleanup = easy_cleanup,
                                   .easy_reset = easy_reset,
                                   .easy_setopt = easy_setopt,
                                   .easy_getinfo = easy_getinfo,
                                   .easy_strerror = easy_strerror,
                                   .easy_pause = easy_pause,
                                   .multi_init = multi_init,
                                   .multi_cleanup = multi_cleanup,
                                   .multi_add_handle = multi_add_handle,
                                   .multi_remove_handle = multi_remove_handle,
                                   .multi_perform = multi_perform,
                                   .multi_poll = multi_poll,
                                   .multi_info_read = multi_info_read,
                                   .slist_append = slist_append,
                                   .slist_free_all = slist_free_all};
  return library;
}

}  // namespace edgepack::replica::testing
