#pragma once
// One condition of a query on one partition key, metadata or auxiliary column.

#include <cstdint>
#include <span>
#include <vector>

#include "vec/metadata_block.h"
#include "vec/scalar.h"

namespace edgepack::vec {

enum class Comparison : char {
  kEqual = '=',
  kNotEqual = '!',
  kLess = '<',
  kAtMost = '(',
  kGreater = '>',
  kAtLeast = ')',
  kIs = 'i',
  kIsNot = 'n',
  kIsNull = 'N',
  kIsNotNull = 'V',
  kIn = 'I',
  kLike = 'L',
  kGlob = 'G',
  kRegexp = 'R',
};

/// The condition, prepared for many values. It holds for exactly the values for which SQLite's
/// operator would be true, under the collation BINARY and with SQLite's own LIKE and GLOB.
/// Immutable, and so usable from several threads at once; it calls nothing that needs a connection.
class ColumnTest {
 public:
  /// `operands` has the right sides of IN, otherwise one. kRegexp is not for it; kLike and kGlob
  /// are for TEXT columns and operands that are no BLOB.
  ColumnTest(ValueType type, Comparison comparison, std::vector<Operand> operands);
  ColumnTest(ColumnTest&&) noexcept = default;

  Comparison comparison() const noexcept { return comparison_; }
  std::span<const Operand> operands() const noexcept { return operands_; }

  /// For one value of the column. Behind a text lies a zero byte, as SQLite's are.
  bool matches(const Scalar& value) const noexcept;

  /// For `rows` values of a metadata column: clears the bits of rows for which it does not hold,
  /// and those behind the last row, and leaves the others. Bit i % 64 of word i / 64 is row i.
  void select(const MetadataColumn& column, std::size_t rows, std::uint64_t* words) const;

 private:
  /// Both ends belong to it.
  struct Interval {
    std::int64_t first;
    std::int64_t last;
  };

  void compile_numbers();
  void compile_texts();
  void add_interval(std::int64_t first, std::int64_t last);
  Scalar value_of(std::int64_t key) const noexcept;
  /// Set the bits of rows for which it holds. They may leave out rows whose bit in `wanted` is 0.
  void select_numbers(const PackedKeys& keys, const std::uint64_t* wanted,
                      std::uint64_t* held) const noexcept;
  void select_texts(const MetadataColumn& column, std::size_t rows, const std::uint64_t* wanted,
                    std::uint64_t* held) const noexcept;
  bool has_number(std::int64_t key) const noexcept;
  bool has_text(const MetadataColumn& column, std::size_t row) const noexcept;

  ValueType type_;
  Comparison comparison_;
  /// Those of IN in ascending order, each once.
  std::vector<Operand> operands_;
  bool accepts_null_ = false;
  /// Numbers: for which keys of MetadataColumn it holds, in ascending order, disjoint.
  std::vector<Interval> intervals_;
  /// TEXT: it holds for all texts, or for none, or depends on the text.
  enum class Texts { kNone, kAll, kSome };
  Texts texts_ = Texts::kSome;
  /// The prefixes of operands_.
  std::vector<std::uint64_t> prefixes_;
};

}  // namespace edgepack::vec
