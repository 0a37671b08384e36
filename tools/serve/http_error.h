#pragma once
// Answers that tell of a failure (docs/http.md, "Errors").

#include <exception>
#include <map>
#include <string>

namespace httplib {
struct Response;
}

namespace edgepack::serve {

/// Thrown by what answers a request.
class HttpError : public std::exception {
 public:
  HttpError(int status, std::string code, std::string message)
      : status_(status), code_(std::move(code)), message_(std::move(message)) {}
  /// One more field of the body.
  HttpError& with(const std::string& field, const std::string& value) {
    fields_[field] = value;
    return *this;
  }

  int status() const noexcept { return status_; }
  const char* what() const noexcept override { return message_.c_str(); }
  void write(httplib::Response& response) const;

 private:
  int status_;
  std::string code_;
  std::string message_;
  std::map<std::string, std::string> fields_;
};

/// Writes the error of `status` without more to say.
void write_error(httplib::Response& response, int status);

/// `text` as a JSON string.
std::string json_string(const std::string& text);

}  // namespace edgepack::serve
