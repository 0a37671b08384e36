// The scalar functions of libSQL and Turso, by their names, on BLOBs in their format.

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sqlite/error.h"
#include "sqlite/function.h"
#include "vec/distance.h"
#include "vec/functions.h"
#include "vec/libsql_vector.h"

namespace edgepack::vec::libsql {
namespace {

using sqlite::Arguments;
using sqlite::Context;

[[noreturn]] void fail(const std::string& message) { throw sqlite::Error::verbatim(message); }

/// A vector argument of a call; a text that is the same for a whole statement is parsed once.
class Argument {
 public:
  Argument(Context& context, Arguments arguments, int index) {
    const sqlite::Value value = arguments[static_cast<std::size_t>(index)];
    const bool is_text = value.type() == SQLITE_TEXT;
    if (is_text) kept_ = context.auxiliary<Vector>(index);
    if (kept_ != nullptr) return;
    parsed_ = std::make_unique<Vector>(Vector::parse(value, Type::kFloat32));
    if (is_text) context.store_auxiliary(index, std::make_unique<Vector>(parsed_->copy()));
  }

  const Vector& operator*() const noexcept { return kept_ != nullptr ? *kept_ : *parsed_; }
  const Vector* operator->() const noexcept { return &**this; }

 private:
  const Vector* kept_ = nullptr;
  std::unique_ptr<Vector> parsed_;
};

/// vector32() and its like: any vector, made one of `type`.
template <Type type>
void construct(Context& context, Arguments arguments) {
  const Vector vector =
      Vector::parse(arguments[0], type == Type::kFloat64 ? Type::kFloat64 : Type::kFloat32);
  context.set_blob(vector.type() == type
                       ? vector.blob()
                       : Vector::made(type, vector.elements(), vector.type()).blob());
}

void vector_extract(Context& context, Arguments arguments) {
  context.set_text(to_text(*Argument(context, arguments, 0)));
}

/// The element type whose kernels read the bytes of a vector as they are.
std::optional<ElementType> kernel_type(Type type) {
  switch (type) {
    case Type::kFloat32:
      return ElementType::kFloat32;
    case Type::kFloat16:
      return ElementType::kFloat16;
    case Type::kFloatB16:
      return ElementType::kBFloat16;
    case Type::kFloat1Bit:
      return ElementType::kBit;
    default:
      return std::nullopt;
  }
}

double kernel_distance(Metric metric, ElementType type, const Vector& a, const Vector& b) {
  const std::size_t dimensions = type == ElementType::kBit ? a.bytes().size() * 8 : a.dimensions();
  return distance(metric, {type, dimensions, a.bytes()}, {type, dimensions, b.bytes()});
}

struct Sums {
  Sums(const Vector& first, const Vector& second) {
    const std::vector<double> a = first.exact_elements();
    const std::vector<double> b = second.exact_elements();
    for (std::size_t i = 0; i < a.size(); ++i) {
      squared += (a[i] - b[i]) * (a[i] - b[i]);
      dot += a[i] * b[i];
      norm_a += a[i] * a[i];
      norm_b += b[i] * b[i];
      least += std::fmin(a[i], b[i]);
      greatest += std::fmax(a[i], b[i]);
    }
  }

  double squared = 0;
  double dot = 0;
  double norm_a = 0;
  double norm_b = 0;
  double least = 0;
  double greatest = 0;
};

/// The distance of two vectors that are not bits. NaN where there is none.
double number_distance(Metric metric, const Vector& a, const Vector& b) {
  const auto type = kernel_type(a.type());
  if (type && metric != Metric::kJaccard) return kernel_distance(metric, *type, a, b);
  const Sums sums(a, b);
  switch (metric) {
    case Metric::kCosine:
      return 1 - sums.dot / std::sqrt(sums.norm_a * sums.norm_b);
    case Metric::kDot:
      return 0.0 - sums.dot;
    case Metric::kJaccard:
      return sums.greatest == 0 ? std::nan("") : 1 - sums.least / sums.greatest;
    default:
      return std::sqrt(sums.squared);
  }
}

/// Of signs: the number that differ is libSQL's cosine distance.
double sign_distance(Metric metric, const Vector& a, const Vector& b) {
  const double differing = kernel_distance(Metric::kHamming, ElementType::kBit, a, b);
  switch (metric) {
    case Metric::kCosine:
      return differing;
    case Metric::kDot:
      return 2 * differing - static_cast<double>(a.dimensions());
    case Metric::kJaccard: {
      const auto is_set = [](std::byte byte) { return byte != std::byte{0}; };
      const bool any = std::any_of(a.bytes().begin(), a.bytes().end(), is_set) ||
                       std::any_of(b.bytes().begin(), b.bytes().end(), is_set);
      return any ? kernel_distance(Metric::kJaccard, ElementType::kBit, a, b) : std::nan("");
    }
    default:
      fail("vector_distance: l2 distance is not supported for float1bit vectors");
  }
}

template <Metric metric>
void vector_distance(Context& context, Arguments arguments) {
  const Argument first(context, arguments, 0);
  const Argument second(context, arguments, 1);
  if (first->type() != second->type()) {
    fail("vector_distance: vectors must have the same type: " +
         std::to_string(static_cast<int>(first->type())) +
         " != " + std::to_string(static_cast<int>(second->type())));
  }
  if (first->dimensions() != second->dimensions()) {
    fail("vector_distance: vectors must have the same length: " +
         std::to_string(first->dimensions()) + " != " + std::to_string(second->dimensions()));
  }
  const double value = first->type() == Type::kFloat1Bit ? sign_distance(metric, *first, *second)
                                                         : number_distance(metric, *first, *second);
  // libSQL's distances are float32, Turso's own are not.
  context.set_real(metric == Metric::kCosine || metric == Metric::kL2 ? reported(value) : value);
}

void refuse_packed(const char* function, const Vector& vector) {
  if (vector.type() == Type::kFloat1Bit || vector.type() == Type::kFloat8) {
    fail(std::string(function) + " is not supported for float1bit/float8 vectors");
  }
}

void vector_concat(Context& context, Arguments arguments) {
  const Argument first(context, arguments, 0);
  const Argument second(context, arguments, 1);
  if (first->type() != second->type()) fail("Mismatched vector types");
  refuse_packed("vector_concat", *first);
  std::vector<double> elements = first->elements();
  const std::vector<double> more = second->elements();
  elements.insert(elements.end(), more.begin(), more.end());
  context.set_blob(Vector::made(first->type(), elements, first->type()).blob());
}

void vector_slice(Context& context, Arguments arguments) {
  const Argument vector(context, arguments, 0);
  const sqlite3_int64 start = arguments[1].integer();
  const sqlite3_int64 end = arguments[2].integer();
  if (start < 0 || end < 0) fail("start index and end_index must be non-negative");
  if (start > end) fail("start index must not be greater than end index");
  if (end > static_cast<sqlite3_int64>(vector->dimensions())) {
    fail("vector_slice range out of bounds");
  }
  refuse_packed("vector_slice", *vector);
  const std::vector<double> elements = vector->elements();
  const auto slice = std::span(elements).subspan(static_cast<std::size_t>(start),
                                                 static_cast<std::size_t>(end - start));
  context.set_blob(Vector::made(vector->type(), slice, vector->type()).blob());
}

constexpr sqlite::Function kFunctions[] = {
    {"vector", 1, sqlite::kPure, construct<Type::kFloat32>},
    {"vector32", 1, sqlite::kPure, construct<Type::kFloat32>},
    {"vector64", 1, sqlite::kPure, construct<Type::kFloat64>},
    {"vector16", 1, sqlite::kPure, construct<Type::kFloat16>},
    {"vectorb16", 1, sqlite::kPure, construct<Type::kFloatB16>},
    {"vector8", 1, sqlite::kPure, construct<Type::kFloat8>},
    {"vector1bit", 1, sqlite::kPure, construct<Type::kFloat1Bit>},
    {"vector_extract", 1, sqlite::kPure, vector_extract},
    {"vector_distance_cos", 2, sqlite::kPure, vector_distance<Metric::kCosine>},
    {"vector_distance_l2", 2, sqlite::kPure, vector_distance<Metric::kL2>},
    {"vector_distance_dot", 2, sqlite::kPure, vector_distance<Metric::kDot>},
    {"vector_distance_jaccard", 2, sqlite::kPure, vector_distance<Metric::kJaccard>},
    {"vector_concat", 2, sqlite::kPure, vector_concat},
    {"vector_slice", 3, sqlite::kPure, vector_slice},
};

}  // namespace

}  // namespace edgepack::vec::libsql

namespace edgepack::vec {

void register_libsql_functions(sqlite3* database) {
  sqlite::register_functions(database, libsql::kFunctions);
}

}  // namespace edgepack::vec
