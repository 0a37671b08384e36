#include "vec/scalar.h"

#include <algorithm>
#include <cstring>

namespace edgepack::vec {
namespace {

template <class T>
int order(T a, T b) noexcept {
  return a < b ? -1 : (a > b ? 1 : 0);
}

/// Exact, whatever the sizes.
int order(std::int64_t integer, double real) noexcept {
  if (real >= 0x1p63) return -1;
  if (real < -0x1p63) return 1;
  const auto whole = static_cast<std::int64_t>(real);
  if (integer != whole) return order(integer, whole);
  return order(static_cast<double>(integer), real);
}

int rank(int type) noexcept {
  switch (type) {
    case SQLITE_NULL:
      return 0;
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
      return 1;
    case SQLITE_TEXT:
      return 2;
    default:
      return 3;
  }
}

int order(std::string_view a, std::string_view b) noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  const int difference = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  return difference != 0 ? difference : order(a.size(), b.size());
}

}  // namespace

Scalar Scalar::of(sqlite::Value value) {
  Scalar scalar;
  scalar.type = value.type();
  switch (scalar.type) {
    case SQLITE_INTEGER:
      scalar.integer = value.integer();
      break;
    case SQLITE_FLOAT:
      scalar.real = value.real();
      break;
    case SQLITE_TEXT:
      scalar.bytes = value.text();
      break;
    case SQLITE_BLOB: {
      const auto bytes = value.blob();
      scalar.bytes = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    } break;
    default:
      break;
  }
  return scalar;
}

void bind_scalar(sqlite::Statement& statement, int parameter, const Scalar& value) {
  switch (value.type) {
    case SQLITE_INTEGER:
      statement.bind(parameter, sqlite3_int64{value.integer});
      break;
    case SQLITE_FLOAT:
      statement.bind(parameter, value.real);
      break;
    case SQLITE_TEXT:
      statement.bind(parameter, value.bytes);
      break;
    case SQLITE_BLOB:
      statement.bind(parameter, std::as_bytes(std::span(value.bytes)));
      break;
    default:
      statement.bind(parameter, nullptr);
  }
}

int compare(const Scalar& a, const Scalar& b) noexcept {
  if (rank(a.type) != rank(b.type)) return order(rank(a.type), rank(b.type));
  if (rank(a.type) == 0) return 0;
  if (rank(a.type) > 1) return order(a.bytes, b.bytes);
  if (a.type == SQLITE_INTEGER) {
    return b.type == SQLITE_INTEGER ? order(a.integer, b.integer) : order(a.integer, b.real);
  }
  return b.type == SQLITE_FLOAT ? order(a.real, b.real) : -order(b.integer, a.real);
}

Operand::Operand(ValueType column, sqlite::Value value) : type_(value.type()) {
  const bool is_number = type_ == SQLITE_INTEGER || type_ == SQLITE_FLOAT;
  if (column == ValueType::kText && is_number) {
    type_ = SQLITE_TEXT;
    bytes_ = value.text();
    return;
  }
  if (column != ValueType::kText && column != ValueType::kBlob) {
    type_ = sqlite3_value_numeric_type(value.get());
  }
  const Scalar scalar = Scalar::of(value);
  integer_ = scalar.integer;
  real_ = scalar.real;
  bytes_ = scalar.bytes;
}

}  // namespace edgepack::vec
