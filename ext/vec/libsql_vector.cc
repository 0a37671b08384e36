#include "vec/libsql_vector.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "sqlite/error.h"
#include "vec/json_array.h"
#include "vec/kernels/half.h"

namespace edgepack::vec::libsql {
namespace {

[[noreturn]] void fail(const std::string& problem) {
  throw sqlite::Error::verbatim("vector: " + problem);
}

template <class T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <class T>
void store(std::span<std::byte> bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

/// Where the scale of a float8 vector lies; the shift follows.
constexpr std::size_t scale_offset(std::size_t dimensions) { return (dimensions + 3) / 4 * 4; }

constexpr std::size_t data_size(Type type, std::size_t dimensions) {
  switch (type) {
    case Type::kFloat64:
      return dimensions * sizeof(double);
    case Type::kFloat1Bit:
      return (dimensions + 7) / 8;
    case Type::kFloat8:
      return scale_offset(dimensions) + 2 * sizeof(float);
    case Type::kFloat16:
    case Type::kFloatB16:
      return dimensions * 2;
    case Type::kFloat32:
      break;
  }
  return dimensions * sizeof(float);
}

/// libSQL's rounding to float16. It drops what lies 13 bits below a denormal before it rounds.
std::uint16_t float16_of(float value) {
  constexpr double kSmallestNormal = 0x1p-14;
  constexpr double kLastBit = 0x1p-37;
  if (std::fabs(double{value}) >= kSmallestNormal) return kernels::narrow_float16(double{value});
  return kernels::narrow_float16(std::trunc(double{value} / kLastBit) * kLastBit);
}

/// libSQL's floatb16 is the upper half of the float32, cut off.
std::uint16_t floatb16_of(float value) {
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
}

/// `Number` is what libSQL computes in: float, or double when the elements were float64.
template <class Number>
void make_float8(std::span<const double> elements, std::span<std::byte> bytes) {
  float least = 0;
  float greatest = 0;
  if (!elements.empty()) {
    const auto [low, high] = std::minmax_element(elements.begin(), elements.end());
    least = static_cast<float>(*low);
    greatest = static_cast<float>(*high);
  }
  const float scale = (greatest - least) / 255;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    // Of elements that are all the same the quotient is NaN, and the byte 0.
    const auto steps =
        static_cast<float>((static_cast<Number>(elements[i]) - Number{least}) / Number{scale});
    const double rounded = std::floor(double{std::clamp(steps, 0.0F, 255.0F)} + 0.5);
    bytes[i] = std::isnan(steps) ? std::byte{0} : static_cast<std::byte>(static_cast<int>(rounded));
  }
  store(bytes, scale_offset(elements.size()), scale);
  store(bytes, scale_offset(elements.size()) + sizeof scale, least);
}

/// The next character that is no space, or NUL at the end.
class Characters {
 public:
  explicit Characters(std::string_view text) : rest_(text) {}
  char next() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\0') rest_ = {};  // where libSQL stops
      if (std::string_view(" \t\n\v\f\r").find(c) == std::string_view::npos) return c;
    }
    return '\0';
  }

 private:
  std::string_view rest_;
};

/// A number as SQLite reads one: signs, `.5` and `5.` are fine, and what is too large is infinite.
bool read_number(const std::string& text, double& value) {
  const std::string_view digits = std::string_view(text).substr(!text.empty() && text[0] == '+');
  if (digits.empty() || digits.find_first_not_of("0123456789+-.eE") != std::string_view::npos) {
    return false;
  }
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (parsed.ptr != end || (digits.size() < text.size() && digits[0] == '-')) return false;
  if (parsed.ec == std::errc::result_out_of_range) {
    const double size = is_below_range(digits) ? 0 : std::numeric_limits<double>::infinity();
    value = std::copysign(size, digits[0] == '-' ? -1.0 : 1.0);
  }
  return parsed.ec != std::errc::invalid_argument;
}

}  // namespace

Vector::Vector(Type type, std::size_t dimensions, std::span<const std::byte> bytes,
               std::vector<std::byte> storage) noexcept
    : type_(type), dimensions_(dimensions), storage_(std::move(storage)), bytes_(bytes) {}

Vector Vector::made(Type type, std::span<const double> elements, Type from) {
  std::vector<std::byte> bytes(data_size(type, elements.size()));
  const auto store_each = [&](auto of) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const auto element = of(elements[i]);
      store(bytes, i * sizeof element, element);
    }
  };
  switch (type) {
    case Type::kFloat32:
      store_each([](double element) { return static_cast<float>(element); });
      break;
    case Type::kFloat64:
      store_each([](double element) { return element; });
      break;
    case Type::kFloat1Bit:
      for (std::size_t i = 0; i < elements.size(); ++i) {
        if (elements[i] > 0) bytes[i / 8] |= std::byte{1} << (i % 8);
      }
      break;
    case Type::kFloat8:
      (from == Type::kFloat64 ? make_float8<double> : make_float8<float>)(elements, bytes);
      break;
    case Type::kFloat16:
      store_each([](double element) { return float16_of(static_cast<float>(element)); });
      break;
    case Type::kFloatB16:
      store_each([](double element) { return floatb16_of(static_cast<float>(element)); });
      break;
  }
  const std::span<const std::byte> view = bytes;
  return {type, elements.size(), view, std::move(bytes)};
}

Vector Vector::copy() const {
  std::vector<std::byte> bytes(bytes_.begin(), bytes_.end());
  const std::span<const std::byte> view = bytes;
  return {type_, dimensions_, view, std::move(bytes)};
}

Vector Vector::parse(sqlite::Value value, Type text_type) {
  switch (value.type()) {
    case SQLITE_TEXT:
      return parse_text(value.text(), text_type);
    case SQLITE_BLOB:
      return parse_blob(value.blob());
    default:
      fail(std::string("unexpected value type: got ") +
           (value.type() == SQLITE_FLOAT ? "FLOAT" : value.type_name()) +
           ", expected TEXT or BLOB");
  }
}

Vector Vector::parse_text(std::string_view text, Type type) {
  Characters characters(text);
  if (characters.next() != '[') fail("must start with '['");
  std::vector<double> elements;
  std::string number;
  char c = characters.next();
  for (; c != '\0'; c = characters.next()) {
    if (c != ',' && c != ']') {
      number += c;
      continue;
    }
    if (c == ']' && elements.empty() && number.empty()) break;
    double element = 0;
    if (!read_number(number, element)) {
      fail("invalid float at position " + std::to_string(elements.size()) + ": '" + number + "'");
    }
    if (elements.size() == kMostDimensions) {
      fail("max size exceeded " + std::to_string(kMostDimensions));
    }
    elements.push_back(element);
    number.clear();
    if (c == ']') break;
  }
  if (c != ']') fail("must end with ']'");
  if (characters.next() != '\0') fail("non-space symbols after closing ']' are forbidden");
  return made(type, elements, type);
}

Vector Vector::parse_blob(std::span<const std::byte> blob) {
  Type type = Type::kFloat32;
  std::span<const std::byte> bytes = blob;
  if (blob.size() % 2 != 0) {
    const int number = std::to_integer<int>(blob.back());
    if (number < 1 || number > 6) fail("unexpected binary type: " + std::to_string(number));
    type = static_cast<Type>(number);
    bytes = blob.first(blob.size() - 1);
  }
  const std::size_t size = bytes.size();
  const std::size_t trailing = bytes.empty() ? 0 : std::to_integer<std::size_t>(bytes.back());
  std::size_t dimensions = 0;
  std::size_t meta = 0;  // bytes behind the elements
  switch (type) {
    case Type::kFloat32:
      dimensions = size / sizeof(float);
      break;
    case Type::kFloat64:
      dimensions = size / sizeof(double);
      break;
    case Type::kFloat16:
    case Type::kFloatB16:
      dimensions = size / 2;
      break;
    case Type::kFloat1Bit:
      if (size * 8 >= trailing) dimensions = size * 8 - trailing;
      meta = size - std::min(data_size(type, dimensions), size);
      if (meta == 0) fail("float1bit vector blob of " + std::to_string(size) + " bytes has no end");
      break;
    case Type::kFloat8:
      meta = 2;
      if (size >= 2 + 2 * sizeof(float) + trailing) {
        dimensions = size - 2 - 2 * sizeof(float) - trailing;
      }
      break;
  }
  if (size != data_size(type, dimensions) + meta) {
    fail("unexpected data part size: type=" + std::to_string(static_cast<int>(type)) + ", dims=" +
         std::to_string(dimensions) + ", " + std::to_string(size - std::min(meta, size)) +
         " != " + std::to_string(data_size(type, dimensions)));
  }
  if (dimensions > kMostDimensions) {
    fail("max size exceeded: " + std::to_string(dimensions) + " > " +
         std::to_string(kMostDimensions));
  }
  return {type, dimensions, bytes.first(data_size(type, dimensions)), {}};
}

std::vector<double> Vector::elements() const {
  std::vector<double> elements(dimensions_);
  const auto load_each = [&](auto element_at) {
    for (std::size_t i = 0; i < dimensions_; ++i) elements[i] = double{element_at(i)};
  };
  switch (type_) {
    case Type::kFloat32:
      load_each([this](std::size_t i) { return load<float>(bytes_, i * sizeof(float)); });
      break;
    case Type::kFloat64:
      load_each([this](std::size_t i) { return load<double>(bytes_, i * sizeof(double)); });
      break;
    case Type::kFloat1Bit:
      load_each([this](std::size_t i) {
        return (bytes_[i / 8] >> (i % 8) & std::byte{1}) != std::byte{0} ? 1.0 : -1.0;
      });
      break;
    case Type::kFloat8:
      return float8_elements<float>();
    case Type::kFloat16:
      load_each([this](std::size_t i) {
        return kernels::widen_float16(load<std::uint16_t>(bytes_, i * 2));
      });
      break;
    case Type::kFloatB16:
      load_each([this](std::size_t i) {
        return kernels::widen_bfloat16(load<std::uint16_t>(bytes_, i * 2));
      });
      break;
  }
  return elements;
}

std::vector<double> Vector::exact_elements() const {
  return type_ == Type::kFloat8 ? float8_elements<double>() : elements();
}

template <class Number>
std::vector<double> Vector::float8_elements() const {
  const Number scale = load<float>(bytes_, scale_offset(dimensions_));
  const Number shift = load<float>(bytes_, scale_offset(dimensions_) + sizeof(float));
  std::vector<double> elements(dimensions_);
  for (std::size_t i = 0; i < dimensions_; ++i) {
    elements[i] = scale * static_cast<Number>(std::to_integer<int>(bytes_[i])) + shift;
  }
  return elements;
}

std::vector<std::byte> Vector::blob() const {
  std::vector<std::byte> blob(bytes_.begin(), bytes_.end());
  const auto append = [&blob](std::size_t byte) { blob.push_back(static_cast<std::byte>(byte)); };
  if (type_ == Type::kFloat1Bit) {
    if (blob.size() % 2 == 0) append(0);
    append(8 * (blob.size() + 1) - dimensions_);
  } else if (type_ == Type::kFloat8) {
    append(0);
    append(scale_offset(dimensions_) - dimensions_);
  }
  if (type_ != Type::kFloat32) append(static_cast<std::size_t>(type_));
  return blob;
}

std::string to_text(const Vector& vector) {
  std::string text = "[";
  char number[64];
  for (const double element : vector.elements()) {
    if (text.size() > 1) text += ',';
    sqlite3_snprintf(sizeof number, number, "%g", element);
    text += number;
  }
  return text + ']';
}

}  // namespace edgepack::vec::libsql
