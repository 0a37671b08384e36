#include "serve/timestamp.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace edgepack::serve {

std::optional<std::int64_t> parse_timestamp(const std::string& text) {
  std::int64_t ms = 0;
  const char* const end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, ms);
      error == std::errc() && at == end) {
    return ms;
  }
  std::tm time{};
  const char* at = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  if (at == nullptr) return std::nullopt;
  std::int64_t fraction = 0;
  if (*at == '.') {
    int digits = 0;
    for (++at; *at >= '0' && *at <= '9'; ++at, ++digits) {
      if (digits < 3) fraction = fraction * 10 + (*at - '0');
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 3; ++digits) fraction *= 10;
  }
  if (*at != 'Z' || at[1] != '\0') return std::nullopt;
  return std::int64_t{::timegm(&time)} * 1000 + fraction;
}

std::string format_timestamp(std::int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm time{};
  ::gmtime_r(&seconds, &time);
  std::array<char, 40> text;
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &time);
  std::snprintf(text.data() + size, text.size() - size, ".%03dZ", static_cast<int>(ms % 1000));
  return text.data();
}

}  // namespace edgepack::serve
