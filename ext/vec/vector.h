#pragma once
// Vectors as SQL values: element types, parsing of BLOB and JSON text, and their texts.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sqlite/value.h"

namespace edgepack::vec {

/// What a vector is made of.
enum class ElementType : unsigned char { kFloat32, kFloat16, kBFloat16, kInt8, kBit };

/// How far two vectors are apart. L2 is the rooted distance; cosine is 1 - cos; L1 the sum of
/// absolute differences; dot the inner product, negated so that the largest is nearest. Of bits:
/// Hamming is the number that differ, Jaccard the share of those set in either that is not in both.
enum class Metric : unsigned char { kL2, kCosine, kL1, kDot, kHamming, kJaccard };

/// "float32", "float16", "bfloat16", "int8" or "bit".
const char* name_of(ElementType type) noexcept;

/// The subtype that marks a BLOB as a vector of this type: 223, 226, 227, 225 or 224. Those of
/// float32, int8 and bit are sqlite-vec's.
unsigned subtype_of(ElementType type) noexcept;

constexpr bool is_float(ElementType type) noexcept {
  return type == ElementType::kFloat32 || type == ElementType::kFloat16 ||
         type == ElementType::kBFloat16;
}

/// Bytes of a vector. Bits are packed, the first in the lowest bit; `dimensions` of a bit vector is
/// divisible by 8.
constexpr std::size_t byte_size(ElementType type, std::size_t dimensions) noexcept {
  switch (type) {
    case ElementType::kFloat32:
      return dimensions * sizeof(float);
    case ElementType::kFloat16:
    case ElementType::kBFloat16:
      return dimensions * 2;
    case ElementType::kInt8:
      return dimensions;
    case ElementType::kBit:
      return dimensions / 8;
  }
  return 0;
}

/// A view on the elements of a vector, in the byte order of the machine. Owns nothing. `bytes` has
/// byte_size(type, dimensions) bytes, of any alignment.
struct VectorView {
  ElementType type;
  std::size_t dimensions;
  std::span<const std::byte> bytes;
};

/// A vector that was read from an SQL value: the elements of a BLOB are borrowed from the value
/// (and live as long as Value::blob() says), those of JSON text are owned. Never empty. Move-only.
class Vector {
 public:
  static Vector borrowed(ElementType type, std::span<const std::byte> bytes) noexcept;
  static Vector owned(ElementType type, std::vector<std::byte> bytes) noexcept;

  // A moved std::vector keeps its buffer, so the view stays right.
  Vector(Vector&&) noexcept = default;
  Vector& operator=(Vector&&) noexcept = default;
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;

  const VectorView& view() const noexcept { return view_; }
  ElementType type() const noexcept { return view_.type; }
  std::size_t dimensions() const noexcept { return view_.dimensions; }
  std::span<const std::byte> bytes() const noexcept { return view_.bytes; }
  bool is_borrowed() const noexcept { return storage_.empty(); }

 private:
  Vector(ElementType type, std::span<const std::byte> bytes,
         std::vector<std::byte> storage) noexcept;

  std::vector<std::byte> storage_;
  VectorView view_;
};

/// Reads a vector whose type the value's subtype tells; without one (or with JSON's) it is float32.
/// Throws sqlite::Error with sqlite-vec's text for NULL, other SQL types, empty vectors, wrong
/// lengths, malformed JSON and elements that are not finite.
Vector parse_vector(sqlite::Value value);

/// Reads a vector of `type`: from BLOB, and all but bit from a JSON array of numbers too. A vector
/// that is marked as another floating-point type is converted; otherwise the subtype is not looked
/// at. Throws as parse_vector does.
Vector parse_vector_as(ElementType type, sqlite::Value value);

/// An element of a float vector, exactly.
float float_at(const VectorView& vector, std::size_t index) noexcept;
/// An element of an int8 or a bit vector.
int integer_at(const VectorView& vector, std::size_t index) noexcept;

/// Writes the element nearest to `value` of a float type. False if it is not finite: too large.
bool store_float(ElementType type, double value, std::span<std::byte> bytes, std::size_t index);

/// The elements of a float vector, exactly, as float32. Throws std::bad_alloc.
std::vector<float> widened(const VectorView& vector);

/// A float vector of another float type: each element becomes the nearest that there is. Throws
/// sqlite::Error if one is too large for it.
Vector converted(const VectorView& vector, ElementType type);

/// The JSON array of the elements: floats with six decimals, integers, bits as 0 and 1.
std::string to_json(const VectorView& vector);

}  // namespace edgepack::vec
