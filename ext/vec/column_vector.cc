#include "vec/column_vector.h"

#include <optional>
#include <string>
#include <utility>

#include "sqlite/error.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;

/// How a message begins; the name of the column follows.
struct Texts {
  const char* invalid;
  const char* type;
  const char* dimensions;
};

constexpr Texts texts_of(VectorUse use) noexcept {
  switch (use) {
    case VectorUse::kQuery:
      return {"Query vector on the \"", "Query vector for the \"",
              "Dimension mismatch for query vector for the \""};
    case VectorUse::kInserted:
      return {"Inserted vector for the \"", "Inserted vector for the \"",
              "Dimension mismatch for inserted vector for the \""};
    case VectorUse::kUpdated:
      break;
  }
  return {"Updated vector for the \"", "Updated vector for the \"",
          "Dimension mismatch for new updated vector for the \""};
}

/// A float vector of any type, for a column of floats.
bool is_convertible(const Vector& vector, const VectorColumn& column) {
  return vector.type() != column.type && is_float(vector.type()) && is_float(column.type);
}

bool has_exact_size(const VectorColumn& column, sqlite::Value value) {
  return value.type() == SQLITE_BLOB && value.subtype() == 0 &&
         value.blob().size() == byte_size(column.type, column.dimensions);
}

}  // namespace

Vector read_column_vector(const VectorColumn& column, sqlite::Value value, VectorUse use) {
  const Texts texts = texts_of(use);
  std::optional<Vector> vector;
  try {
    // Text is rounded once, to the type of the column.
    const bool is_of_column =
        has_exact_size(column, value) || (value.type() == SQLITE_TEXT && is_float(column.type));
    vector = is_of_column ? parse_vector_as(column.type, value) : parse_vector(value);
    if (is_convertible(*vector, column)) vector = converted(vector->view(), column.type);
  } catch (const Error& error) {
    throw Error::verbatim(texts.invalid + column.name + "\" column is invalid: " + error.what(),
                          error.code());
  }
  if (vector->type() != column.type) {
    throw Error::verbatim(texts.type + column.name + "\" column is expected to be of type " +
                          name_of(column.type) + ", but a " + name_of(vector->type()) +
                          " vector was provided.");
  }
  if (vector->dimensions() != column.dimensions) {
    throw Error::verbatim(texts.dimensions + column.name + "\" column. Expected " +
                          std::to_string(column.dimensions) + " dimensions but received " +
                          std::to_string(vector->dimensions()) + ".");
  }
  return std::move(*vector);
}

}  // namespace edgepack::vec
