// The scalar SQL functions: sqlite-vec's names, results and error texts.

#include "vec/functions.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "pack/version.h"
#include "sqlite/error.h"
#include "sqlite/function.h"
#include "vec/distance.h"
#include "vec/kernels/kernels.h"
#include "vec/vector.h"

namespace edgepack::vec {
namespace {

using sqlite::Arguments;
using sqlite::Context;
using sqlite::Error;

[[noreturn]] void fail(std::string message) { throw Error::verbatim(std::move(message)); }

template <class T>
T element(const VectorView& vector, std::size_t index) {
  T value;
  std::memcpy(&value, vector.bytes.data() + index * sizeof value, sizeof value);
  return value;
}

/// Elements that are made one by one.
template <class T, class ElementAt>
std::vector<std::byte> make_elements(std::size_t dimensions, ElementAt element_at) {
  std::vector<std::byte> bytes(dimensions * sizeof(T));
  for (std::size_t i = 0; i < dimensions; ++i) {
    const T value = element_at(i);
    std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
  }
  return bytes;
}

void answer(Context& context, ElementType type, std::span<const std::byte> bytes) {
  context.set_blob(bytes);
  context.set_subtype(subtype_of(type));
}

/// One vector argument of a call. JSON text that is the same for a whole statement is parsed once.
class VectorArgument {
 public:
  VectorArgument(Context& context, Arguments arguments, int index)
      : kept_(keeps_text(arguments, index) ? context.auxiliary<Vector>(index) : nullptr),
        vector_(Vector::borrowed(ElementType::kFloat32, {})) {
    if (kept_ != nullptr) return;
    vector_ = parse_vector(arguments[static_cast<std::size_t>(index)]);
    if (!keeps_text(arguments, index)) return;
    const std::span<const std::byte> bytes = vector_.bytes();
    context.store_auxiliary(index, std::make_unique<Vector>(Vector::owned(
                                       vector_.type(), {bytes.begin(), bytes.end()})));
  }

  const VectorView& view() const noexcept { return (kept_ != nullptr ? *kept_ : vector_).view(); }

 private:
  static bool keeps_text(Arguments arguments, int index) noexcept {
    return arguments[static_cast<std::size_t>(index)].type() == SQLITE_TEXT;
  }

  const Vector* kept_;
  Vector vector_;
};

/// The two vectors of a function of two, of one type and dimension.
struct VectorPair {
  VectorPair(Context& context, Arguments arguments)
      : first_argument(read(context, arguments, 0, "1st")),
        second_argument(read(context, arguments, 1, "2nd")),
        first(first_argument.view()),
        second(second_argument.view()) {
    if (first.type != second.type) {
      fail(std::string("Vector type mistmatch. First vector has type ") + name_of(first.type) +
           ", while the second has type " + name_of(second.type) + ".");
    }
    if (first.dimensions != second.dimensions) {
      fail("Vector dimension mistmatch. First vector has " + std::to_string(first.dimensions) +
           " dimensions, while the second has " + std::to_string(second.dimensions) +
           " dimensions.");
    }
  }

  static VectorArgument read(Context& context, Arguments arguments, int index, const char* which) {
    try {
      return VectorArgument(context, arguments, index);
    } catch (const Error& error) {
      fail(std::string("Error reading ") + which + " vector: " + error.what());
    }
  }

  VectorArgument first_argument;
  VectorArgument second_argument;
  const VectorView& first;
  const VectorView& second;
};

template <ElementType type>
void construct(Context& context, Arguments arguments) {
  const Vector vector = parse_vector_as(type, arguments[0]);
  if (arguments[0].type() == SQLITE_BLOB) {
    context.set_value(arguments[0]);
    context.set_subtype(subtype_of(type));
  } else {
    answer(context, type, vector.bytes());
  }
}

void vec_length(Context& context, Arguments arguments) {
  const VectorArgument vector(context, arguments, 0);
  context.set_integer(static_cast<sqlite3_int64>(vector.view().dimensions));
}

void vec_type(Context& context, Arguments arguments) {
  const VectorArgument vector(context, arguments, 0);
  context.set_text(name_of(vector.view().type));
}

void vec_to_json(Context& context, Arguments arguments) {
  const VectorArgument vector(context, arguments, 0);
  context.set_json(to_json(vector.view()));
}

void vec_distance_l2(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  if (pair.first.type == ElementType::kBit) {
    fail("Cannot calculate L2 distance between two bitvectors.");
  }
  context.set_real(reported(distance(Metric::kL2, pair.first, pair.second)));
}

void vec_distance_cosine(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  if (pair.first.type == ElementType::kBit) {
    fail("Cannot calculate cosine distance between two bitvectors.");
  }
  context.set_real(reported(distance(Metric::kCosine, pair.first, pair.second)));
}

void vec_distance_l1(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  if (pair.first.type == ElementType::kBit) {
    fail("Cannot calculate L1 distance between two bitvectors.");
  }
  const double value = distance(Metric::kL1, pair.first, pair.second);
  if (pair.first.type == ElementType::kInt8) {
    context.set_integer(static_cast<sqlite3_int64>(value));
  } else {
    context.set_real(value);
  }
}

void vec_distance_hamming(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  if (pair.first.type != ElementType::kBit) {
    fail(std::string("Cannot calculate hamming distance between two ") + name_of(pair.first.type) +
         " vectors.");
  }
  context.set_real(distance(Metric::kHamming, pair.first, pair.second));
}

/// Element by element; int8 wraps around.
template <class Operation>
void combine(Context& context, Arguments arguments, const char* verb, Operation operation) {
  const VectorPair pair(context, arguments);
  const auto apply = [&]<class T>(T) {
    return make_elements<T>(pair.first.dimensions, [&](std::size_t i) {
      return static_cast<T>(operation(element<T>(pair.first, i), element<T>(pair.second, i)));
    });
  };
  switch (pair.first.type) {
    case ElementType::kFloat32:
      return answer(context, pair.first.type, apply(float()));
    case ElementType::kInt8:
      return answer(context, pair.first.type, apply(std::int8_t()));
    case ElementType::kBit:
      fail(std::string("Cannot ") + verb + " two bitvectors together.");
  }
}

void vec_add(Context& context, Arguments arguments) {
  combine(context, arguments, "add", [](auto a, auto b) { return a + b; });
}

void vec_sub(Context& context, Arguments arguments) {
  combine(context, arguments, "subtract", [](auto a, auto b) { return a - b; });
}

void vec_slice(Context& context, Arguments arguments) {
  const VectorArgument argument(context, arguments, 0);
  const VectorView& vector = argument.view();
  const sqlite3_int64 start = arguments[1].integer();
  const sqlite3_int64 end = arguments[2].integer();
  const auto dimensions = static_cast<sqlite3_int64>(vector.dimensions);
  if (start < 0) fail("slice 'start' index must be a postive number.");
  if (end < 0) fail("slice 'end' index must be a postive number.");
  if (start > dimensions) fail("slice 'start' index is greater than the number of dimensions");
  if (end > dimensions) fail("slice 'end' index is greater than the number of dimensions");
  if (start > end) fail("slice 'start' index is greater than 'end' index");
  if (start == end) {
    fail("slice 'start' index is equal to the 'end' index, vectors must have non-zero length");
  }
  if (vector.type == ElementType::kBit) {
    if (start % 8 != 0) fail("start index must be divisible by 8.");
    if (end % 8 != 0) fail("end index must be divisible by 8.");
  }
  const std::size_t first = byte_size(vector.type, static_cast<std::size_t>(start));
  const std::size_t last = byte_size(vector.type, static_cast<std::size_t>(end));
  answer(context, vector.type, vector.bytes.subspan(first, last - first));
}

/// NULL for a zero vector, which has no direction.
void vec_normalize(Context& context, Arguments arguments) {
  const VectorArgument argument(context, arguments, 0);
  const VectorView& vector = argument.view();
  if (vector.type != ElementType::kFloat32) {
    fail("only float32 vectors are supported when normalizing");
  }
  double norm_squared = 0;
  kernels::active().norm_squared_f32({vector.bytes.data(), 0, 1}, vector.dimensions, &norm_squared);
  if (norm_squared == 0) return context.set_null();
  const double norm = std::sqrt(norm_squared);
  answer(context, vector.type, make_elements<float>(vector.dimensions, [&](std::size_t i) {
           return static_cast<float>(double{element<float>(vector, i)} / norm);
         }));
}

void vec_quantize_binary(Context& context, Arguments arguments) {
  const VectorArgument argument(context, arguments, 0);
  const VectorView& vector = argument.view();
  if (vector.type == ElementType::kBit) fail("Can only binary quantize float or int8 vectors");
  if (vector.dimensions % 8 != 0) {
    fail("Binary quantization requires vectors with a length divisible by 8");
  }
  std::vector<std::byte> bits(vector.dimensions / 8);
  for (std::size_t i = 0; i < vector.dimensions; ++i) {
    const bool positive = vector.type == ElementType::kFloat32
                              ? element<float>(vector, i) > 0
                              : element<std::int8_t>(vector, i) > 0;
    if (positive) bits[i / 8] |= std::byte{1} << (i % 8);
  }
  answer(context, ElementType::kBit, bits);
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
  answer(context, ElementType::kInt8,
         make_elements<std::int8_t>(vector.dimensions(), [&](std::size_t i) {
           const double step = (double{element<float>(vector.view(), i)} + 1) / kStep - 128;
           return static_cast<std::int8_t>(std::clamp(step, -128.0, 127.0));
         }));
}

void vec_version(Context& context, Arguments) { context.set_text("v" EDGEPACK_VERSION); }

void vec_debug(Context& context, Arguments) {
  std::string text = "Version: v" EDGEPACK_VERSION "\nCommit: " EDGEPACK_COMMIT "\nKernels:";
  for (const std::string_view name : kernels::compiled_names()) {
    text += ' ';
    text += name;
  }
  text += "\nKernels in use: ";
  text += kernels::active().name;
  context.set_text(text);
}

/// Functions that read what kind of vector an argument is.
constexpr int kReads = sqlite::kPure | SQLITE_SUBTYPE;
/// Functions that also mark what they answer.
constexpr int kMarks = sqlite::kPureSubtype | SQLITE_SUBTYPE;

constexpr sqlite::Function kFunctions[] = {
    {"vec_version", 0, sqlite::kPure, vec_version},
    {"vec_debug", 0, sqlite::kPure, vec_debug},
    {"vec_f32", 1, kMarks, construct<ElementType::kFloat32>},
    {"vec_int8", 1, kMarks, construct<ElementType::kInt8>},
    {"vec_bit", 1, kMarks, construct<ElementType::kBit>},
    {"vec_length", 1, kReads, vec_length},
    {"vec_type", 1, kReads, vec_type},
    {"vec_to_json", 1, kMarks, vec_to_json},
    {"vec_distance_l2", 2, kReads, vec_distance_l2},
    {"vec_distance_l1", 2, kReads, vec_distance_l1},
    {"vec_distance_cosine", 2, kReads, vec_distance_cosine},
    {"vec_distance_hamming", 2, kReads, vec_distance_hamming},
    {"vec_add", 2, kMarks, vec_add},
    {"vec_sub", 2, kMarks, vec_sub},
    {"vec_slice", 3, kMarks, vec_slice},
    {"vec_normalize", 1, kMarks, vec_normalize},
    {"vec_quantize_binary", 1, kMarks, vec_quantize_binary},
    {"vec_quantize_int8", 2, kMarks, vec_quantize_int8},
};

}  // namespace

void register_vec_functions(sqlite3* database) { sqlite::register_functions(database, kFunctions); }

}  // namespace edgepack::vec
