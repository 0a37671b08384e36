#include "json/jsonpath.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace edgepack::json::jsonpath {

bool Query::is_singular() const noexcept {
  return std::all_of(segments.begin(), segments.end(), [](const Segment& segment) {
    return !segment.is_descendant && segment.selectors.size() == 1 &&
           (segment.selectors[0].kind == Selector::Kind::kName ||
            segment.selectors[0].kind == Selector::Kind::kIndex);
  });
}

namespace {

/// True when a number that no double holds is too large, not too small.
bool is_large(std::string_view token) noexcept {
  std::int64_t magnitude = 0;  // the number is below 10^magnitude, and not below a tenth of that
  bool significant = false;
  bool in_fraction = false;
  std::size_t i = token.front() == '-' ? 1 : 0;
  for (; i < token.size() && (token[i] | 0x20) != 'e'; ++i) {
    if (token[i] == '.') {
      in_fraction = true;
      continue;
    }
    significant = significant || token[i] != '0';
    if (significant && !in_fraction) ++magnitude;
    if (!significant && in_fraction) --magnitude;
  }
  if (i < token.size()) {
    const bool negative = token[++i] == '-';
    if (negative || token[i] == '+') ++i;
    constexpr std::int64_t kEnough = std::int64_t{1} << 40;  // more than the digits of any token
    std::int64_t exponent = 0;
    for (; i < token.size() && exponent < kEnough; ++i) exponent = exponent * 10 + token[i] - '0';
    magnitude += negative ? -exponent : exponent;
  }
  return magnitude > 0;
}

}  // namespace

Number to_number(std::string_view token) noexcept {
  const char* const end = token.data() + token.size();
  if (token.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t integer = 0;
    if (std::from_chars(token.data(), end, integer).ec == std::errc()) {
      return {integer, static_cast<double>(integer)};
    }
  }
  double real = 0;
  if (std::from_chars(token.data(), end, real).ec == std::errc::result_out_of_range) {
    real = std::copysign(is_large(token) ? HUGE_VAL : 0.0, token.front() == '-' ? -1.0 : 1.0);
  }
  return {std::nullopt, real};
}

}  // namespace edgepack::json::jsonpath
