#include "vec/vector.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "sqlite/error.h"
#include "vec/json_array.h"
#include "vec/kernels/half.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;

constexpr ElementType kElementTypes[] = {ElementType::kFloat32, ElementType::kFloat16,
                                         ElementType::kBFloat16, ElementType::kInt8,
                                         ElementType::kBit};

[[noreturn]] void fail(std::string message) { throw Error::verbatim(std::move(message)); }

template <class T>
T load(std::span<const std::byte> bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

/// True if no element has all bits of `exponent`, as infinities and NaN have. Without a
/// branch in the loop, so that compilers take many elements at a time.
template <class Bits>
bool all_finite(std::span<const std::byte> bytes, Bits exponent) {
  Bits found = 0;
  for (std::size_t i = 0; i < bytes.size() / sizeof(Bits); ++i) {
    const Bits bits = static_cast<Bits>(load<Bits>(bytes, i) & exponent);
    found = static_cast<Bits>(found | (bits == exponent ? 1 : 0));
  }
  return found == 0;
}

bool all_finite(ElementType type, std::span<const std::byte> bytes) {
  if (type == ElementType::kFloat32) return all_finite<std::uint32_t>(bytes, 0x7F800000);
  return all_finite<std::uint16_t>(bytes, type == ElementType::kFloat16 ? 0x7C00 : 0x7F80);
}

/// Throws unless `bytes` holds whole elements of a float type that are finite.
void check_floats(ElementType type, std::span<const std::byte> bytes) {
  const std::size_t size = byte_size(type, 1);
  if (bytes.size() % size == 0 && all_finite(type, bytes)) return;
  const std::string invalid = std::string("invalid ") + name_of(type) + " vector";
  if (bytes.size() % size != 0) {
    fail(invalid + " BLOB length. Must be divisible by " + std::to_string(size) + ", found " +
         std::to_string(bytes.size()));
  }
  const VectorView vector{type, bytes.size() / size, bytes};
  for (std::size_t i = 0; i < vector.dimensions; ++i) {
    const float value = float_at(vector, i);
    if (std::isfinite(value)) continue;
    fail(invalid + ": element " + std::to_string(i) + " is " + (std::isnan(value) ? "NaN" : "Inf"));
  }
}

/// The float type that a value is marked as.
std::optional<ElementType> marked_float_type(sqlite::Value value) {
  if (value.type() != SQLITE_BLOB) return std::nullopt;
  const unsigned subtype = value.subtype();
  for (const ElementType type : kElementTypes) {
    if (is_float(type) && subtype == subtype_of(type)) return type;
  }
  return std::nullopt;
}

Vector parse_blob(ElementType type, sqlite::Value value) {
  const std::span<const std::byte> bytes = value.blob();
  if (bytes.empty()) fail("zero-length vectors are not supported.");
  if (is_float(type)) check_floats(type, bytes);
  return Vector::borrowed(type, bytes);
}

Vector parse_text(ElementType type, sqlite::Value value) {
  const std::string_view text = value.text();
  std::vector<std::byte> elements;
  if (!text.empty()) elements = parse_json_array(type, text);
  if (elements.empty()) fail("zero-length vectors are not supported.");
  return Vector::owned(type, std::move(elements));
}

}  // namespace

const char* name_of(ElementType type) noexcept {
  switch (type) {
    case ElementType::kFloat32:
      return "float32";
    case ElementType::kFloat16:
      return "float16";
    case ElementType::kBFloat16:
      return "bfloat16";
    case ElementType::kInt8:
      return "int8";
    case ElementType::kBit:
      return "bit";
  }
  return "";
}

unsigned subtype_of(ElementType type) noexcept {
  switch (type) {
    case ElementType::kFloat32:
      return 223;
    case ElementType::kFloat16:
      return 226;
    case ElementType::kBFloat16:
      return 227;
    case ElementType::kInt8:
      return 225;
    case ElementType::kBit:
      return 224;
  }
  return 0;
}

float float_at(const VectorView& vector, std::size_t index) noexcept {
  switch (vector.type) {
    case ElementType::kFloat16:
      return kernels::widen_float16(load<std::uint16_t>(vector.bytes, index));
    case ElementType::kBFloat16:
      return kernels::widen_bfloat16(load<std::uint16_t>(vector.bytes, index));
    default:
      return load<float>(vector.bytes, index);
  }
}

int integer_at(const VectorView& vector, std::size_t index) noexcept {
  if (vector.type == ElementType::kInt8) return load<std::int8_t>(vector.bytes, index);
  return std::to_integer<int>(vector.bytes[index / 8]) >> (index % 8) & 1;
}

bool store_float(ElementType type, double value, std::span<std::byte> bytes, std::size_t index) {
  if (type == ElementType::kFloat32) {
    const auto narrowed = static_cast<float>(value);
    std::memcpy(bytes.data() + index * sizeof narrowed, &narrowed, sizeof narrowed);
  } else {
    const std::uint16_t bits = type == ElementType::kFloat16 ? kernels::narrow_float16(value)
                                                             : kernels::narrow_bfloat16(value);
    std::memcpy(bytes.data() + index * sizeof bits, &bits, sizeof bits);
  }
  return std::isfinite(float_at({type, index + 1, bytes}, index));
}

Vector::Vector(ElementType type, std::span<const std::byte> bytes,
               std::vector<std::byte> storage) noexcept
    : storage_(std::move(storage)),
      view_{.type = type, .dimensions = bytes.size() * 8 / byte_size(type, 8), .bytes = bytes} {}

Vector Vector::borrowed(ElementType type, std::span<const std::byte> bytes) noexcept {
  return Vector(type, bytes, {});
}

Vector Vector::owned(ElementType type, std::vector<std::byte> bytes) noexcept {
  const std::span<const std::byte> view = bytes;
  return Vector(type, view, std::move(bytes));
}

Vector parse_vector_as(ElementType type, sqlite::Value value) {
  const int kind = value.type();
  if (const auto marked = marked_float_type(value); marked && *marked != type && is_float(type)) {
    return converted(parse_blob(*marked, value).view(), type);
  }
  if (kind == SQLITE_BLOB) return parse_blob(type, value);
  if (kind == SQLITE_TEXT && type != ElementType::kBit) return parse_text(type, value);
  switch (type) {
    case ElementType::kInt8:
      fail("Unknown type for int8 vector.");
    case ElementType::kBit:
      fail("Unknown type for bitvector.");
    default:
      fail(std::string("Input must have type BLOB (compact format) or TEXT (JSON), found ") +
           (kind == SQLITE_FLOAT ? "FLOAT" : value.type_name()));
  }
}

Vector parse_vector(sqlite::Value value) {
  const unsigned subtype = value.subtype();
  for (const ElementType type : kElementTypes) {
    if (subtype == subtype_of(type)) return parse_vector_as(type, value);
  }
  return parse_vector_as(ElementType::kFloat32, value);
}

std::vector<float> widened(const VectorView& vector) {
  std::vector<float> elements(vector.dimensions);
  if (vector.type == ElementType::kFloat32) {
    std::memcpy(elements.data(), vector.bytes.data(), vector.bytes.size());
    return elements;
  }
  for (std::size_t i = 0; i < elements.size(); ++i) {
    elements[i] = float_at(vector, i);
  }
  return elements;
}

Vector converted(const VectorView& vector, ElementType type) {
  std::vector<std::byte> bytes(byte_size(type, vector.dimensions));
  for (std::size_t i = 0; i < vector.dimensions; ++i) {
    if (!store_float(type, float_at(vector, i), bytes, i)) {
      fail(std::string("invalid ") + name_of(type) + " vector: element " + std::to_string(i) +
           " is Inf");
    }
  }
  return Vector::owned(type, std::move(bytes));
}

std::string to_json(const VectorView& vector) {
  std::string text = "[";
  char number[64];  // a float has 39 digits before the point at most
  for (std::size_t i = 0; i < vector.dimensions; ++i) {
    if (i != 0) text += ',';
    char* end = nullptr;
    switch (vector.type) {
      case ElementType::kFloat32:
      case ElementType::kFloat16:
      case ElementType::kBFloat16:
        // SQLite's own formatting: free of the locale, and the digits that sqlite-vec shows.
        sqlite3_snprintf(sizeof number, number, "%f", double{float_at(vector, i)});
        end = number + std::strlen(number);
        break;
      case ElementType::kInt8:
      case ElementType::kBit:
        end = std::to_chars(number, number + sizeof number, integer_at(vector, i)).ptr;
        break;
    }
    text.append(number, end);
  }
  text += ']';
  return text;
}

}  // namespace edgepack::vec
