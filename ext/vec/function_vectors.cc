#include "vec/function_vectors.h"

#include <memory>
#include <utility>

#include "sqlite/error.h"

namespace edgepack::vec {
namespace {

using sqlite::Arguments;
using sqlite::Context;

bool keeps_text(Arguments arguments, int index) noexcept {
  return arguments[static_cast<std::size_t>(index)].type() == SQLITE_TEXT;
}

VectorArgument read(Context& context, Arguments arguments, int index, const char* which) {
  try {
    return VectorArgument(context, arguments, index);
  } catch (const sqlite::Error& error) {
    fail(std::string("Error reading ") + which + " vector: " + error.what());
  }
}

}  // namespace

void fail(std::string message) { throw sqlite::Error::verbatim(std::move(message)); }

void set_vector(Context& context, ElementType type, std::span<const std::byte> bytes) {
  context.set_blob(bytes);
  context.set_subtype(subtype_of(type));
}

VectorArgument::VectorArgument(Context& context, Arguments arguments, int index)
    : kept_(keeps_text(arguments, index) ? context.auxiliary<Vector>(index) : nullptr),
      vector_(Vector::borrowed(ElementType::kFloat32, {})) {
  if (kept_ != nullptr) return;
  vector_ = parse_vector(arguments[static_cast<std::size_t>(index)]);
  if (!keeps_text(arguments, index)) return;
  const std::span<const std::byte> bytes = vector_.bytes();
  context.store_auxiliary(
      index, std::make_unique<Vector>(Vector::owned(vector_.type(), {bytes.begin(), bytes.end()})));
}

VectorPair::VectorPair(Context& context, Arguments arguments)
    : first_(read(context, arguments, 0, "1st")), second_(read(context, arguments, 1, "2nd")) {
  if (first().type != second().type) {
    fail(std::string("Vector type mistmatch. First vector has type ") + name_of(first().type) +
         ", while the second has type " + name_of(second().type) + ".");
  }
  if (first().dimensions != second().dimensions) {
    fail("Vector dimension mistmatch. First vector has " + std::to_string(first().dimensions) +
         " dimensions, while the second has " + std::to_string(second().dimensions) +
         " dimensions.");
  }
}

}  // namespace edgepack::vec
