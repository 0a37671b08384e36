#include "vec/json_array.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "sqlite/error.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;

[[noreturn]] void fail() { throw Error::verbatim("JSON parsing error"); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Walks over the text of one array, from number to number.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {
    skip_space();
    if (!take('[')) {
      throw Error::verbatim("JSON array parsing error: Input does not start with '['");
    }
    skip_space();
    if (take(']')) finish();
  }

  /// The text of the next number, or an empty one after the last.
  std::string_view next() {
    if (done_) return {};
    const std::string_view number = take_number();
    skip_space();
    if (take(',')) {
      skip_space();
    } else if (take(']')) {
      finish();
    } else {
      fail();
    }
    return number;
  }

 private:
  char head() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip_space() {
    const std::size_t end = rest_.find_first_not_of(" \t\n\r");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }

  void skip_digits() {
    if (!is_digit(head())) fail();
    while (is_digit(head())) rest_.remove_prefix(1);
  }

  /// The grammar of RFC 8259, section 6: no plus sign, no leading zeros, no bare point.
  std::string_view take_number() {
    const std::string_view start = rest_;
    take('-');
    if (!take('0')) skip_digits();
    if (take('.')) skip_digits();
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      skip_digits();
    }
    return start.substr(0, start.size() - rest_.size());
  }

  void finish() {
    done_ = true;
    skip_space();
    if (!rest_.empty()) fail();
  }

  std::string_view rest_;
  bool done_ = false;
};

/// Rounded to double first, as strtod and a conversion to float do.
double double_of(std::string_view number) {
  double value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec == std::errc::result_out_of_range) {
    if (!is_below_range(number)) fail();
    value = number.front() == '-' ? -0.0 : 0.0;
  }
  return value;
}

std::int8_t int8_of(std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) fail();
  std::int8_t value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec != std::errc()) {
    throw Error::verbatim("JSON parsing error: value out of range for int8");
  }
  return value;
}

}  // namespace

bool is_below_range(std::string_view number) {
  // The power of ten of the first digit that is not zero, with the exponent of the text added.
  const std::size_t e = number.find_first_of("eE");
  const std::string_view digits = number.substr(0, e);
  const std::size_t first = digits.find_first_of("123456789");
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const auto magnitude = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  if (e == std::string_view::npos) return magnitude < 0;
  std::string_view exponent_text = number.substr(e + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto parsed =
      std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (parsed.ec != std::errc()) return exponent_text.front() == '-';
  return exponent < -magnitude;
}

std::vector<std::byte> parse_json_array(ElementType type, std::string_view text) {
  std::vector<std::byte> bytes;
  Reader reader(text);
  for (std::size_t index = 0;; ++index) {
    const std::string_view number = reader.next();
    if (number.empty()) return bytes;
    const std::size_t size = byte_size(type, 1);
    bytes.resize(bytes.size() + size);
    if (type == ElementType::kInt8) {
      bytes.back() = static_cast<std::byte>(int8_of(number));
    } else if (!store_float(type, double_of(number), bytes, index)) {
      throw Error::verbatim(std::string("invalid ") + name_of(type) + " vector: element " +
                            std::to_string(index) + " is Inf");
    }
  }
}

}  // namespace edgepack::vec
