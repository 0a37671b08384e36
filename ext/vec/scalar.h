#pragma once
// SQL values in C++, compared as SQLite compares them under the collation BINARY.

#include <cstdint>
#include <string>
#include <string_view>

#include "sqlite/statement.h"
#include "sqlite/value.h"
#include "vec/definition.h"

namespace edgepack::vec {

/// A value: its storage class and what it holds. Views live as long as what they were made of.
struct Scalar {
  /// SQLITE_NULL, SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT or SQLITE_BLOB.
  int type = SQLITE_NULL;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view bytes;

  static Scalar of(sqlite::Value value);
  static Scalar of(std::int64_t integer) noexcept { return {SQLITE_INTEGER, integer, 0, {}}; }
  static Scalar of(double real) noexcept { return {SQLITE_FLOAT, 0, real, {}}; }
  bool is_null() const noexcept { return type == SQLITE_NULL; }
};

/// Binds text and blobs without copying them.
void bind_scalar(sqlite::Statement& statement, int parameter, const Scalar& value);

/// Below, at or above 0 for a < b, a = b and a > b: NULL, numbers, text, blobs, in this order.
int compare(const Scalar& a, const Scalar& b) noexcept;

/// A value on its own that a column of type `column` is compared with: converted as the column's
/// affinity asks for. (SQLite does not tell a virtual table where the value comes from. A TEXT
/// column beside a column of numbers is compared as with a literal number: by the number's text.)
class Operand {
 public:
  Operand(ValueType column, sqlite::Value value);
  Operand(Operand&&) noexcept = default;
  Operand& operator=(Operand&&) noexcept = default;

  Scalar scalar() const noexcept {
    return {type_, integer_, real_, {bytes_.data(), bytes_.size()}};
  }

 private:
  int type_;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string bytes_;
};

}  // namespace edgepack::vec
