#pragma once
// Vectors as arguments and answers of the scalar functions.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sqlite/function.h"
#include "vec/vector.h"

namespace edgepack::vec {

/// Flags of functions that read what kind of vector an argument is.
inline constexpr int kReadsVector = sqlite::kPure | SQLITE_SUBTYPE;
/// Flags of functions that also mark what they answer.
inline constexpr int kMarksVector = sqlite::kPureSubtype | SQLITE_SUBTYPE;

/// Throws sqlite::Error with this text and nothing else: messages of sqlite-vec.
[[noreturn]] void fail(std::string message);

/// Makes the elements the answer of a call, marked as a vector of `type`. Copies them.
void set_vector(sqlite::Context& context, ElementType type, std::span<const std::byte> bytes);

/// One vector argument of a call. JSON text that is the same for a whole statement is parsed once.
/// Throws as parse_vector does.
class VectorArgument {
 public:
  VectorArgument(sqlite::Context& context, sqlite::Arguments arguments, int index);

  const VectorView& view() const noexcept { return (kept_ != nullptr ? *kept_ : vector_).view(); }

 private:
  const Vector* kept_;
  Vector vector_;
};

/// The two vectors of a function of two, of one type and dimension. Throws sqlite-vec's texts.
class VectorPair {
 public:
  VectorPair(sqlite::Context& context, sqlite::Arguments arguments);

  ElementType type() const noexcept { return first().type; }
  const VectorView& first() const noexcept { return first_.view(); }
  const VectorView& second() const noexcept { return second_.view(); }

 private:
  VectorArgument first_;
  VectorArgument second_;
};

}  // namespace edgepack::vec
