#pragma once
// How a query of a vec0 table is answered: what xBestIndex decides and xFilter carries out.

#include <string_view>
#include <vector>

#include "sqlite/api.h"
#include "vec/column_test.h"
#include "vec/definition.h"

namespace edgepack::vec {

enum class PlanKind : int { kFullScan = 1, kPoint = 2, kNearest = 3 };

/// What one argument of xFilter is.
enum class PlanArgument : char {
  kKey = '=',
  kQuery = 'M',
  kCount = 'k',
  kLimit = 'L',
  kOffset = 'O',
  kKeys = 'I',
  kDistanceLess = '<',
  kDistanceAtMost = '(',
  kDistanceGreater = '>',
  kDistanceAtLeast = ')',
  /// The right side of a condition on a partition key, metadata or auxiliary column.
  kCondition = 'C',
};

/// One argument of xFilter, as idxStr says.
struct PlanStep {
  PlanArgument argument;
  /// kCondition: the place of the column in Definition::columns, what it is compared with, and a
  /// collation other than BINARY.
  std::size_t column = 0;
  Comparison comparison = Comparison::kEqual;
  std::string_view collation = {};
};

/// True for a condition that a ColumnTest decides, on a column of text or of something else.
/// `collation` is null for BINARY.
bool is_for_blocks(bool is_text, Comparison comparison, const char* collation) noexcept;

/// Reads the text of a plan; collations are borrowed from it.
std::vector<PlanStep> decode_steps(std::string_view text);

/// idxNum in its parts.
struct Plan {
  PlanKind kind;
  /// The vector column of kNearest.
  std::size_t vector = 0;

  int encoded() const noexcept {
    return static_cast<int>(kind) + static_cast<int>(vector) * kVectorUnit;
  }
  static Plan decoded(int number) noexcept {
    return {static_cast<PlanKind>(number % kVectorUnit),
            static_cast<std::size_t>(number / kVectorUnit)};
  }

 private:
  static constexpr int kVectorUnit = 16;
};

/// Fills in `info`: idxNum is a Plan, idxStr says what each argument is. Answers
/// SQLITE_OK, or SQLITE_CONSTRAINT for a combination of constraints that cannot be used. Throws
/// sqlite::Error, with sqlite-vec's texts, for a query that no plan can answer.
int choose_plan(const Definition& definition, sqlite3_index_info& info);

}  // namespace edgepack::vec
