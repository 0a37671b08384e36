#pragma once
// Views on what SQLite passes in.

#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "sqlite/api.h"

namespace edgepack::sqlite {

/// A view on one SQL value. Owns nothing; text and blob views live until the callback returns or
/// the value is converted, whichever is first.
class Value {
 public:
  explicit Value(sqlite3_value* value) noexcept : value_(value) {}

  /// SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB or SQLITE_NULL.
  int type() const noexcept { return sqlite3_value_type(value_); }
  /// "INTEGER", "REAL", "TEXT", "BLOB" or "NULL", for messages.
  const char* type_name() const noexcept;
  bool is_null() const noexcept { return type() == SQLITE_NULL; }
  unsigned subtype() const noexcept { return sqlite3_value_subtype(value_); }

  sqlite3_int64 integer() const noexcept { return sqlite3_value_int64(value_); }
  double real() const noexcept { return sqlite3_value_double(value_); }

  /// UTF-8 text; other types are converted as SQLite does. Empty for NULL. SQLite keeps a NUL byte
  /// behind the last one. Throws std::bad_alloc.
  std::string_view text() const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_value_text(value_));
    if (data == nullptr && !is_null()) throw std::bad_alloc();
    return data == nullptr
               ? std::string_view()
               : std::string_view(data, static_cast<std::size_t>(sqlite3_value_bytes(value_)));
  }

  /// The bytes of a BLOB, or of the text of any other type. Throws std::bad_alloc.
  std::span<const std::byte> blob() const {
    const auto* data = static_cast<const std::byte*>(sqlite3_value_blob(value_));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value_));
    // A zero-length blob is a null pointer too: only a value that has bytes can be out of memory.
    if (data == nullptr && size != 0 && !is_null()) throw std::bad_alloc();
    return data == nullptr ? std::span<const std::byte>() : std::span(data, size);
  }

  /// True for a column that an UPDATE of a virtual table leaves as it is.
  bool unchanged() const noexcept { return sqlite3_value_nochange(value_) != 0; }

  sqlite3_value* get() const noexcept { return value_; }

 private:
  sqlite3_value* value_;
};

/// A copy of a value that lives on its own. Move-only.
class OwnedValue {
 public:
  /// Throws std::bad_alloc.
  explicit OwnedValue(Value value) : copy_(sqlite3_value_dup(value.get())) {
    if (copy_ == nullptr) throw std::bad_alloc();
  }
  OwnedValue(OwnedValue&& other) noexcept : copy_(std::exchange(other.copy_, nullptr)) {}
  OwnedValue& operator=(OwnedValue&& other) noexcept {
    std::swap(copy_, other.copy_);
    return *this;
  }
  OwnedValue(const OwnedValue&) = delete;
  OwnedValue& operator=(const OwnedValue&) = delete;
  ~OwnedValue() { sqlite3_value_free(copy_); }

  Value value() const noexcept { return Value(copy_); }

 private:
  sqlite3_value* copy_;
};

/// The arguments of one call. Owns nothing.
class Arguments {
 public:
  Arguments(int count, sqlite3_value** values) noexcept
      : values_(values, static_cast<std::size_t>(count)) {}

  std::size_t size() const noexcept { return values_.size(); }
  Value operator[](std::size_t index) const noexcept { return Value(values_[index]); }
  Arguments first(std::size_t count) const noexcept {
    return {static_cast<int>(count), values_.data()};
  }
  Arguments from(std::size_t first) const noexcept {
    return {static_cast<int>(values_.size() - first), values_.data() + first};
  }

 private:
  std::span<sqlite3_value*> values_;
};

}  // namespace edgepack::sqlite
