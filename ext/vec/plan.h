#pragma once
// How a query of a vec0 table is answered: what xBestIndex decides and xFilter carries out.

#include <string>

#include "sqlite/api.h"
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
};

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

/// Fills in `info`: idxNum is a Plan, idxStr has one PlanArgument for each argument. Answers
/// SQLITE_OK, or SQLITE_CONSTRAINT for a combination of constraints that cannot be used. Throws
/// sqlite::Error, with sqlite-vec's texts, for a query that no plan can answer.
int choose_plan(const Definition& definition, sqlite3_index_info& info);

}  // namespace edgepack::vec
