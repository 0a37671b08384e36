// The scalar functions that make vectors, look at them and take pieces of them.

#include "vec/functions.h"

#include "pack/version.h"
#include "sqlite/function.h"
#include "vec/function_vectors.h"
#include "vec/kernels/kernels.h"
#include "vec/vector.h"

namespace edgepack::vec {
namespace {

using sqlite::Arguments;
using sqlite::Context;

template <ElementType type>
void construct(Context& context, Arguments arguments) {
  const Vector vector = parse_vector_as(type, arguments[0]);
  // What was only checked is passed on without a copy.
  if (vector.is_borrowed()) {
    context.set_value(arguments[0]);
    context.set_subtype(subtype_of(type));
  } else {
    set_vector(context, type, vector.bytes());
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
  set_vector(context, vector.type, vector.bytes.subspan(first, last - first));
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

constexpr sqlite::Function kFunctions[] = {
    {"vec_version", 0, sqlite::kPure, vec_version},
    {"vec_debug", 0, sqlite::kPure, vec_debug},
    {"vec_f32", 1, kMarksVector, construct<ElementType::kFloat32>},
    {"vec_f16", 1, kMarksVector, construct<ElementType::kFloat16>},
    {"vec_bf16", 1, kMarksVector, construct<ElementType::kBFloat16>},
    {"vec_int8", 1, kMarksVector, construct<ElementType::kInt8>},
    {"vec_bit", 1, kMarksVector, construct<ElementType::kBit>},
    {"vec_length", 1, kReadsVector, vec_length},
    {"vec_type", 1, kReadsVector, vec_type},
    {"vec_to_json", 1, kMarksVector, vec_to_json},
    {"vec_slice", 3, kMarksVector, vec_slice},
};

}  // namespace

void register_vec_functions(sqlite3* database) {
  sqlite::register_functions(database, kFunctions);
  register_distance_functions(database);
  register_arithmetic_functions(database);
  register_libsql_functions(database);
}

}  // namespace edgepack::vec
