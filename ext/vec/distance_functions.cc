// vec_distance_*: the distance of two vectors, in any table.

#include "sqlite/function.h"
#include "vec/distance.h"
#include "vec/function_vectors.h"
#include "vec/functions.h"

namespace edgepack::vec {
namespace {

using sqlite::Arguments;
using sqlite::Context;

/// The distance of two vectors of numbers, not rounded; `name` is that of the metric in messages.
double distance_of_numbers(const VectorPair& pair, Metric metric, const char* name) {
  if (pair.type() == ElementType::kBit) {
    fail(std::string("Cannot calculate ") + name + " distance between two bitvectors.");
  }
  return distance(metric, pair.first(), pair.second());
}

double distance_of_bits(const VectorPair& pair, Metric metric, const char* name) {
  if (pair.type() != ElementType::kBit) {
    fail(std::string("Cannot calculate ") + name + " distance between two " + name_of(pair.type()) +
         " vectors.");
  }
  return distance(metric, pair.first(), pair.second());
}

void vec_distance_l2(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  context.set_real(reported(distance_of_numbers(pair, Metric::kL2, "L2")));
}

void vec_distance_cosine(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  context.set_real(reported(distance_of_numbers(pair, Metric::kCosine, "cosine")));
}

/// A whole number for int8, as sqlite-vec answers; otherwise not rounded to float32.
void vec_distance_l1(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  const double value = distance_of_numbers(pair, Metric::kL1, "L1");
  if (pair.type() == ElementType::kInt8) {
    context.set_integer(static_cast<sqlite3_int64>(value));
  } else {
    context.set_real(value);
  }
}

void vec_distance_dot(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  const double value = distance_of_numbers(pair, Metric::kDot, "dot");
  if (pair.type() == ElementType::kInt8) {
    context.set_integer(static_cast<sqlite3_int64>(value));
  } else {
    context.set_real(reported(value));
  }
}

void vec_distance_hamming(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  context.set_real(distance_of_bits(pair, Metric::kHamming, "hamming"));
}

void vec_distance_jaccard(Context& context, Arguments arguments) {
  const VectorPair pair(context, arguments);
  context.set_real(reported(distance_of_bits(pair, Metric::kJaccard, "jaccard")));
}

constexpr sqlite::Function kFunctions[] = {
    {"vec_distance_l2", 2, kReadsVector, vec_distance_l2},
    {"vec_distance_l1", 2, kReadsVector, vec_distance_l1},
    {"vec_distance_cosine", 2, kReadsVector, vec_distance_cosine},
    {"vec_distance_dot", 2, kReadsVector, vec_distance_dot},
    {"vec_distance_hamming", 2, kReadsVector, vec_distance_hamming},
    {"vec_distance_jaccard", 2, kReadsVector, vec_distance_jaccard},
};

}  // namespace

void register_distance_functions(sqlite3* database) {
  sqlite::register_functions(database, kFunctions);
}

}  // namespace edgepack::vec
