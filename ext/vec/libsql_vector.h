#pragma once
// Vectors as libSQL and Turso keep them in a BLOB column of an ordinary table: docs/vec.md,
// "libSQL's names". The facts are from libSQL's sources, vector.c and vectorfloat*.c, of 2024 to
// 2026.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sqlite/value.h"
#include "vec/vector.h"

namespace edgepack::vec::libsql {

/// The number is the last byte of a BLOB of odd length; a BLOB of even length is float32.
enum class Type : unsigned char {
  kFloat32 = 1,
  kFloat64 = 2,
  /// Signs: 1 stands for +1, 0 for -1.
  kFloat1Bit = 3,
  /// One byte q an element, for scale * q + shift; both are float32 behind the bytes.
  kFloat8 = 4,
  kFloat16 = 5,
  kFloatB16 = 6,
};

inline constexpr std::size_t kMostDimensions = 65536;

/// A vector that was read from an SQL value; may be empty. Elements of a BLOB are borrowed from the
/// value. Move-only.
class Vector {
 public:
  /// Reads TEXT or BLOB; `text_type` (float32 or float64) is what a text becomes. Throws
  /// sqlite::Error with libSQL's texts.
  static Vector parse(sqlite::Value value, Type text_type);
  /// Rounds `elements`, which were those of a vector of type `from`, as libSQL does.
  static Vector made(Type type, std::span<const double> elements, Type from);

  Vector(Vector&&) noexcept = default;
  Vector& operator=(Vector&&) noexcept = default;
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;

  Type type() const noexcept { return type_; }
  std::size_t dimensions() const noexcept { return dimensions_; }
  /// The elements as stored, without what follows them. For float32, float16 and floatb16 those of
  /// a float VectorView.
  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  /// The elements as numbers, those of float8 rounded to float32 as libSQL converts them.
  std::vector<double> elements() const;
  /// The same, not rounded.
  std::vector<double> exact_elements() const;
  /// The BLOB, byte for byte as libSQL writes it (which leaves rubbish where this has zeros:
  /// between the bytes of a float8 vector and its scale).
  std::vector<std::byte> blob() const;
  /// A copy that owns its bytes.
  Vector copy() const;

 private:
  Vector(Type type, std::size_t dimensions, std::span<const std::byte> bytes,
         std::vector<std::byte> storage) noexcept;
  template <class Number>
  std::vector<double> float8_elements() const;
  static Vector parse_text(std::string_view text, Type type);
  static Vector parse_blob(std::span<const std::byte> blob);

  Type type_;
  std::size_t dimensions_;
  std::vector<std::byte> storage_;
  std::span<const std::byte> bytes_;
};

/// The elements as libSQL's vector_extract() shows them, with six significant digits.
std::string to_text(const Vector& vector);

}  // namespace edgepack::vec::libsql
