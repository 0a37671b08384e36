#include "serve/http_error.h"

#include <array>
#include <cstdio>
#include <httplib.h>

namespace edgepack::serve {
namespace {

constexpr char kRetryAfterSeconds[] = "1";

}  // namespace

std::string json_string(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape;
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      json += escape.data();
    } else {
      json += c;
    }
  }
  return json + '"';
}

void HttpError::write(httplib::Response& response) const {
  std::string body = "{\"error\":" + json_string(code_) + ",\"message\":" + json_string(message_);
  for (const auto& [field, value] : fields_) {
    body += ',' + json_string(field) + ':' + json_string(value);
  }
  response.status = status_;
  if (status_ == 503) response.set_header("Retry-After", kRetryAfterSeconds);
  response.set_content(body + "}\n", "application/json");
}

void write_error(httplib::Response& response, int status) {
  const auto error = [status]() -> HttpError {
    switch (status) {
      case 400:
        return {status, "bad_request", "the request cannot be understood"};
      case 404:
        return {status, "not_found", "there is no such path; see /v1/databases"};
      case 413:
        return {status, "too_large", "the request is too large"};
      case 414:
        return {status, "too_large", "the URL is too long"};
      case 416:
        return {status, "bad_range", "there is no such part of it"};
      default:
        return {status, "internal", "the request failed"};
    }
  }();
  error.write(response);
}

}  // namespace edgepack::serve
