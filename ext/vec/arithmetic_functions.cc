// vec_add, vec_sub, vec_normalize, vec_quantize_*: vectors made of other vectors.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sqlite/function.h"
#include "vec/distance.h"
#include "vec/function_vectors.h"
#include "vec/functions.h"

namespace edgepack::vec {
namespace {

using sqlite::Arguments;
using sqlite::Context;

using Bytes = std::vector<std::byte>;

/// An int8 vector whose elements are made one by one.
template <class ElementAt>
Bytes make_int8(std::size_t dimensions, ElementAt element_at) {
  Bytes bytes(dimensions);
  for (std::size_t i = 0; i < dimensions; ++i) bytes[i] = static_cast<std::byte>(element_at(i));
  return bytes;
}

/// A float vector whose elements are made one by one and rounded to `type`.
template <class ElementAt>
Bytes make_floats(ElementType type, std::size_t dimensions, ElementAt element_at) {
  Bytes bytes(byte_size(type, dimensions));
  for (std::size_t i = 0; i < dimensions; ++i) store_float(type, element_at(i), bytes, i);
  return bytes;
}

/// Element by element; int8 wraps around.
template <class Operation>
void combine(Context& context, Arguments arguments, const char* verb, Operation operation) {
  const VectorPair pair(context, arguments);
  const VectorView& first = pair.first();
  const VectorView& second = pair.second();
  if (pair.type() == ElementType::kBit) {
    fail(std::string("Cannot ") + verb + " two bitvectors together.");
  }
  if (pair.type() == ElementType::kInt8) {
    return set_vector(context, pair.type(), make_int8(first.dimensions, [&](std::size_t i) {
                        return operation(integer_at(first, i), integer_at(second, i));
                      }));
  }
  const std::vector<float> a = widened(first);
  const std::vector<float> b = widened(second);
  set_vector(context, pair.type(), make_floats(pair.type(), first.dimensions, [&](std::size_t i) {
               return double{operation(a[i], b[i])};
             }));
}

void vec_add(Context& context, Arguments arguments) {
  combine(context, arguments, "add", [](auto a, auto b) { return a + b; });
}

void vec_sub(Context& context, Arguments arguments) {
  combine(context, arguments, "subtract", [](auto a, auto b) { return a - b; });
}

/// NULL for a zero vector, which has no direction.
void vec_normalize(Context& context, Arguments arguments) {
  const VectorArgument argument(context, arguments, 0);
  const VectorView& vector = argument.view();
  if (!is_float(vector.type)) fail("only float32 vectors are supported when normalizing");
  const double norm = std::sqrt(norm_squared(vector));
  if (norm == 0) return context.set_null();
  const std::vector<float> elements = widened(vector);
  set_vector(context, vector.type, make_floats(vector.type, vector.dimensions, [&](std::size_t i) {
               return double{elements[i]} / norm;
             }));
}

void vec_quantize_binary(Context& context, Arguments arguments) {
  const VectorArgument argument(context, arguments, 0);
  const VectorView& vector = argument.view();
  if (vector.type == ElementType::kBit) fail("Can only binary quantize float or int8 vectors");
  if (vector.dimensions % 8 != 0) {
    fail("Binary quantization requires vectors with a length divisible by 8");
  }
  Bytes bits(vector.dimensions / 8);
  const auto set_positive = [&bits](std::size_t i, bool positive) {
    if (positive) bits[i / 8] |= std::byte{1} << (i % 8);
  };
  if (vector.type == ElementType::kInt8) {
    for (std::size_t i = 0; i < vector.dimensions; ++i) set_positive(i, integer_at(vector, i) > 0);
  } else {
    const std::vector<float> elements = widened(vector);
    for (std::size_t i = 0; i < elements.size(); ++i) set_positive(i, elements[i] > 0);
  }
  set_vector(context, ElementType::kBit, bits);
}

/// 'unit': -1..1 onto -128..127, towards zero, and what is outside onto the ends.
void vec_quantize_int8(Context& context, Arguments arguments) {
  const Vector vector = parse_vector_as(ElementType::kFloat32, arguments[0]);
  if (arguments[1].type() != SQLITE_TEXT ||
      sqlite3_stricmp(std::string(arguments[1].text()).c_str(), "unit") != 0) {
    fail("2nd argument to vec_quantize_int8() must be 'unit'.");
  }
  // The step is a float: the results of sqlite-vec depend on its rounding.
  constexpr double kStep{2.0F / 255};
  const std::vector<float> elements = widened(vector.view());
  set_vector(context, ElementType::kInt8, make_int8(elements.size(), [&](std::size_t i) {
               const double step = (double{elements[i]} + 1) / kStep - 128;
               return static_cast<int>(std::clamp(step, -128.0, 127.0));
             }));
}

constexpr sqlite::Function kFunctions[] = {
    {"vec_add", 2, kMarksVector, vec_add},
    {"vec_sub", 2, kMarksVector, vec_sub},
    {"vec_normalize", 1, kMarksVector, vec_normalize},
    {"vec_quantize_binary", 1, kMarksVector, vec_quantize_binary},
    {"vec_quantize_int8", 2, kMarksVector, vec_quantize_int8},
};

}  // namespace

void register_arithmetic_functions(sqlite3* database) {
  sqlite::register_functions(database, kFunctions);
}

}  // namespace edgepack::vec
