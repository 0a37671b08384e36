#include "vec/vector.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "sqlite/error.h"
#include "vec/json_array.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;

[[noreturn]] void fail(std::string message) { throw Error::verbatim(std::move(message)); }

float float_at(std::span<const std::byte> bytes, std::size_t index) {
  float value;
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

/// Throws unless `bytes` holds whole float32 elements that are finite.
void check_float32(std::span<const std::byte> bytes) {
  if (bytes.size() % sizeof(float) != 0) {
    fail("invalid float32 vector BLOB length. Must be divisible by " +
         std::to_string(sizeof(float)) + ", found " + std::to_string(bytes.size()));
  }
  for (std::size_t i = 0; i < bytes.size() / sizeof(float); ++i) {
    const float value = float_at(bytes, i);
    if (std::isfinite(value)) continue;
    fail("invalid float32 vector: element " + std::to_string(i) + " is " +
         (std::isnan(value) ? "NaN" : "Inf"));
  }
}

Vector parse_blob(ElementType type, sqlite::Value value) {
  const std::span<const std::byte> bytes = value.blob();
  if (bytes.empty()) fail("zero-length vectors are not supported.");
  if (type == ElementType::kFloat32) check_float32(bytes);
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
    case ElementType::kInt8:
      return 225;
    case ElementType::kBit:
      return 224;
  }
  return 0;
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
  for (const ElementType type : {ElementType::kInt8, ElementType::kBit}) {
    if (subtype == subtype_of(type)) return parse_vector_as(type, value);
  }
  return parse_vector_as(ElementType::kFloat32, value);
}

std::string to_json(const VectorView& vector) {
  std::string text = "[";
  char number[64];  // a float has 39 digits before the point at most
  for (std::size_t i = 0; i < vector.dimensions; ++i) {
    if (i != 0) text += ',';
    char* end = number;
    switch (vector.type) {
      case ElementType::kFloat32:
        // SQLite's own formatting: free of the locale, and the digits that sqlite-vec shows.
        sqlite3_snprintf(sizeof number, number, "%f", double{float_at(vector.bytes, i)});
        end = number + std::strlen(number);
        break;
      case ElementType::kInt8:
        end = std::to_chars(number, number + sizeof number,
                            static_cast<int>(static_cast<std::int8_t>(vector.bytes[i])))
                  .ptr;
        break;
      case ElementType::kBit:
        *end++ =
            static_cast<char>('0' + (std::to_integer<int>(vector.bytes[i / 8]) >> (i % 8) & 1));
        break;
    }
    text.append(number, end);
  }
  text += ']';
  return text;
}

}  // namespace edgepack::vec
